"""Canonical forms by libxml2: from lines of JSON, each [document, number of the element, prefixes], to lines of JSON."""

import json
import sys

from lxml import etree

for line in sys.stdin:
    document, number, prefixes = json.loads(line)
    element = list(etree.fromstring(document.encode()).iter())[number]
    # Of the element alone, with what it inherits: as its own document it would have lost that.
    form = etree.tostring(element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes, with_tail=False)
    print(json.dumps(form.decode()))
