// Pages, looked at: by axe-core, in light and dark, as wide as a desk and as narrow as a phone. PICTURES=folder keeps what was seen.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(`${process.env.NPM_FOLDER}/`).resolve('axe-core/axe.min.js'), 'utf8');
const SERIOUS = ['serious', 'critical'];

/** The pages of a workspace that only its administrators see, by what their pictures are called. */
export const FOR_ADMINISTRATORS = [
    ['members', '/members'], ['groups', '/groups'], ['held-changes-none', '/held-changes'], ['activity', '/activity'],
    ['audit', '/activity/audit'], ['settings-api', '/settings/api'], ['settings-roles', '/settings/roles'],
    ['settings-webhooks', '/settings/webhooks'], ['settings-links', '/settings/set-up-links'], ['settings-saml', '/settings/saml'],
    ['settings-attempts', '/settings/saml/attempts'], ['settings-scim', '/settings/scim'],
    ['settings-preview', '/settings/scim/preview'], ['settings-mappings', '/settings/scim/mappings'],
    ['settings-safety', '/settings/scim/safety'], ['settings-domains', '/settings/scim/domains'],
    ['settings-schemas', '/settings/scim/schemas'],
];

/** What axe-core finds on the page that is shown, beyond trifles. */
async function findings(page) {
    // The policy of our pages lets no other script in: the debugger does.
    const session = await page.context().newCDPSession(page);
    await session.send('Page.enable');
    const { result } = await session.send('Runtime.evaluate', {
        expression: `${AXE}; axe.run(document, { resultTypes: ['violations'] }).then((found) => JSON.stringify(found.violations))`,
        awaitPromise: true,
        allowUnsafeEvalBlockedByCSP: true,
    });
    await session.detach();
    const serious = JSON.parse(result.value).filter((found) => SERIOUS.includes(found.impact));
    return serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`);
}

const LOOKS = [
    { name: 'light', colorScheme: 'light', width: 1280, height: 900 },
    { name: 'dark', colorScheme: 'dark', width: 1280, height: 900 },
    { name: 'phone', colorScheme: 'light', width: 390, height: 844 },
];

/** Looks at a page in every way, and finds nothing serious. */
export async function look(page, name) {
    for (const { name: look, colorScheme, width, height } of LOOKS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height });
        assert.deepEqual(await findings(page), [], `${name}, ${look}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(overflow <= 1, `${name}, ${look}: ${overflow} pixels too wide`);
        if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}-${look}.png`, fullPage: true });
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
}
