"""scim2-tester against one server: scim2_tester_run.py BASE, with the token in SCIM_TOKEN.

Fails on every error, and also when it was a hollow success: no check has created, read, changed and deleted each kind
of resource. (The `scim2 test` command fails on skipped checks too, which are not the server's fault.)
"""

import os
import sys
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

http = Client(base_url=sys.argv[1], headers={"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}"}, timeout=30)
results = check_server(SyncSCIMClient(http))

bad = [r for r in results if r.status in (Status.ERROR, Status.CRITICAL)]
for result in results:
    if result.status is not Status.SUCCESS:
        print(f"{result.status.name} {result.title} {result.resource_type or ''}: {result.reason}")
    if result in bad:
        print(f"    {str(result.data)[:2000]}")

done = {(r.resource_type, tag) for r in results if r.status is Status.SUCCESS for tag in r.tags}
wanted = {(kind, f"crud:{what}") for kind in ("User", "Group") for what in ("create", "read", "update", "delete")}
for kind, tag in sorted(wanted - done):
    print(f"no check of {tag} for {kind} has succeeded", file=sys.stderr)

print(", ".join(f"{count} {status}" for status, count in Counter(r.status.name.lower() for r in results).items()))
sys.exit(bool(bad or wanted - done))
