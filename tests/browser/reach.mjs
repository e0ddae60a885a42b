// Who comes to which page, and by what means: refused where it is not theirs, by keyboard alone, without script, and past names that were
// chosen to do harm.

import assert from 'node:assert/strict';

import { Workspace, eventually, text } from './api.mjs';
import { FOR_ADMINISTRATORS, look } from './looks.mjs';

const ROLLCALL = process.env.ROLLCALL_URL;
const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const GROUP = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const UNREADABLE = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const HARMFUL = {
    script: '<script>window.harmed = 1</script><img src=x onerror="window.harmed = 1">',
    direction: '\u202egro.emca@adA\u202c \u2066exe.\u2069 \u05d0\u05d1\u05d2',
    long: 'W'.repeat(1000),
};

/** Somebody of this name, provisioned. */
function user(key, displayName) {
    const userName = `${key}@browser.test`;
    return { schemas: [USER], userName, displayName, emails: [{ value: userName, type: 'work', primary: true }], active: true };
}

/** Goes on by the keyboard until this has the focus, which can be seen. */
async function tabTo(page, selector) {
    for (let step = 0; step < 200; step += 1) {
        await page.keyboard.press('Tab');
        const found = await page.evaluate((wanted) => {
            const element = document.activeElement;
            if (!element?.matches(wanted)) return null;
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
            return { seen: (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none' };
        }, selector);
        if (found) return assert.ok(found.seen, `${selector} has the focus and nobody sees it`);
    }
    return assert.fail(`no key leads to ${selector}`);
}

/** The scenarios, for visitors who arrive as these do, an identity provider, and workspaces that are connected with it. */
export const scenarios = (Visitor, idp, connected) => ({
    async 'a viewer and another administrator are refused on every page'() {
        const workspace = await connected('refusing', idp);
        const ada = await workspace.sendScim('POST', '/Users', user('ada', 'Ada Lovelace'), 201);
        const group = await workspace.sendScim('POST', '/Groups', { schemas: [GROUP], displayName: 'Engineering' }, 201);
        await eventually('ada is a member', async () => (await workspace.member(ada.id))?.status === 'invited');
        const member = await workspace.member(ada.id);
        const { webhook } = await workspace.administer('POST', '/webhooks', { url: 'http://127.0.0.1:1/hook' }, 201);
        const { entries } = await workspace.administer('GET', '/provisioning-log?operation=createUser');
        const theirs = [
            `/members/${member.id}`, `/groups/${group.id}`, `/activity/${entries[0].request_id}`,
            `/settings${workspace.connection.replace('/saml/connections', '/saml')}`, `/settings/webhooks/${webhook.id}`,
        ];
        const shows = async (visitor, path, status, title) => {
            const answer = await visitor.page.goto(`${ROLLCALL}${path}`);
            assert.equal(answer.status(), status, path);
            assert.equal(await visitor.page.innerText('h1'), title, path);
            assert.doesNotMatch(await visitor.page.content(), /Ada Lovelace|Engineering/, path);
        };

        const viewer = await Visitor.arrive();
        await viewer.comeIn(workspace, '/account', { member_id: member.id });
        for (const path of [...FOR_ADMINISTRATORS.map(([, path]) => path), ...theirs]) {
            const answer = await viewer.page.goto(`${ROLLCALL}${path}`);
            assert.equal(answer.status(), 403, path);
            assert.equal(await viewer.page.innerText('h1'), 'You may not see this', path);
        }
        await look(viewer.page, 'refused');
        await viewer.leave();

        const neighbour = await Workspace.make('neighbour');
        const other = await Visitor.arrive();
        await other.comeIn(neighbour, '/members');
        for (const path of theirs) await shows(other, path, 404, 'There is nothing here');
        for (const [, path] of FOR_ADMINISTRATORS) {
            await other.page.goto(`${ROLLCALL}${path}`);
            assert.doesNotMatch(await other.page.content(), /Ada Lovelace|Engineering|ada@browser/, path);
        }
        await other.leave();

        const nobody = await Visitor.arrive();
        for (const path of [...FOR_ADMINISTRATORS.map(([, path]) => path), ...theirs]) {
            await nobody.page.goto(`${ROLLCALL}${path}`);
            assert.equal(new URL(nobody.page.url()).pathname, '/sign-in', path);
        }
        await nobody.leave();
    },

    async 'names that were chosen to do harm are harmless and readable'() {
        const workspace = await connected('harmless', idp);
        await workspace.administer('PATCH', '/brake', { engages: true, least: 0, most: 0 });
        const pages = [...FOR_ADMINISTRATORS.filter(([name]) => !name.endsWith('-none')), ['held-changes', '/held-changes']];
        for (const [key, name] of Object.entries(HARMFUL)) {
            const person = await workspace.sendScim('POST', '/Users', user(key, name), 201);
            const group = { schemas: [GROUP], displayName: `${name}`.slice(0, 1000), members: [{ value: person.id }] };
            const made = await workspace.sendScim('POST', '/Groups', group, 201);
            await eventually(`${key} is a member`, async () => (await workspace.member(person.id))?.status === 'invited');
            const member = await workspace.member(person.id);
            await workspace.administer('PUT', `/role-mappings/${made.id}`, { role: 'editor' }, 204);
            await workspace.administer('POST', '/tokens', { name: name.slice(0, 100), scopes: ['members:read'] }, 201);
            await workspace.deactivate(person.id);
            pages.push([`member-${key}`, `/members/${member.id}`], [`group-${key}`, `/groups/${made.id}`]);
        }
        const visitor = await Visitor.arrive();
        visitor.page.on('dialog', () => assert.fail('something was said'));
        await visitor.comeIn(workspace, '/members');
        for (const [name, path] of pages) {
            await visitor.page.goto(`${ROLLCALL}${path}`);
            await look(visitor.page, `harmful-${name}`);
            assert.equal(await visitor.page.evaluate(() => window.harmed), undefined, path);
            assert.doesNotMatch(await visitor.page.innerText('body'), UNREADABLE, path);
        }
        // It stands there as it was written.
        await visitor.page.goto(`${ROLLCALL}/members`);
        assert.ok((await visitor.page.innerText('main')).includes(HARMFUL.script));
        await visitor.leave();
    },

    async 'by keyboard alone'() {
        const workspace = await Workspace.make('keyboard');
        const visitor = await Visitor.arrive();
        const { page } = visitor;
        await visitor.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: ROLLCALL });
        await page.goto((await workspace.entryLink({ email: workspace.administrator }, '/settings/api')).url);
        await page.locator('text=You come in as').waitFor();
        await look(page, 'enter');
        await tabTo(page, 'main form button');
        await page.keyboard.press('Enter');
        await page.waitForURL(`${ROLLCALL}/settings/api`);
        // Past the navigation at once.
        await tabTo(page, 'a.skip');
        await page.keyboard.press('Enter');
        await tabTo(page, '#name');
        await page.keyboard.type('Okta');
        await tabTo(page, '#scim');
        await page.keyboard.press('Space');
        await tabTo(page, 'form[action="/settings/api"] button');
        await page.keyboard.press('Enter');
        await page.locator('#secret').waitFor();
        await tabTo(page, '[data-copy=secret]');
        await page.keyboard.press('Enter');
        const secret = await page.innerText('#secret');
        await eventually('it is copied', async () => (await page.evaluate(() => navigator.clipboard.readText())) === secret);
        await page.goto(`${ROLLCALL}/settings/saml`);
        await tabTo(page, '#name');
        await page.keyboard.type('Acme');
        await page.keyboard.press('Enter');
        await page.waitForURL('**/settings/saml/*');
        await tabTo(page, '#file');
        await tabTo(page, '#xml');
        await page.keyboard.insertText(await text(idp.at + idp.metadata));
        await tabTo(page, 'button');
        await page.keyboard.press('Enter');
        await page.waitForURL('**?done=metadata');
        await page.goto(`${ROLLCALL}/settings/api`);
        await tabTo(page, 'article:last-of-type details:last-of-type summary');
        await page.keyboard.press('Enter');
        await tabTo(page, 'button.danger');
        await page.keyboard.press('Enter');
        await page.waitForURL('**?done=revoked');
        await tabTo(page, '.me button');
        await page.keyboard.press('Enter');
        await page.waitForURL('**/sign-in');
        await visitor.leave();
    },

    async 'without script'() {
        const workspace = await Workspace.make('scriptless');
        const link = await workspace.administer('POST', '/set-up-links', { name: 'Ines of Acme IT' }, 201);
        const ines = await Visitor.arrive({ javaScriptEnabled: false });
        const { page } = ines;
        await page.goto(link.link);
        await page.fill('#code', link.link);
        await page.click('text=Begin');
        await page.click('main >> text=SAML sign-in');
        await page.fill('#name', 'Acme');
        await page.click('button:has-text("Begin")');
        const connection = page.url().split('?')[0];
        const entityId = await page.innerText('#entity-id');
        const buffer = Buffer.from(await text(idp.at + idp.metadata));
        await page.setInputFiles('#file', { name: 'metadata.xml', mimeType: 'text/xml', buffer });
        await page.click('text=Upload it');
        await page.waitForURL('**?done=metadata');
        await idp.trust({ entity_id: entityId }, {});
        await page.click('text=Make a test link');
        const tab = await ines.context.newPage();
        await tab.goto(await page.innerText('#test-link'));
        await tab.fill('input[name=username]', 'ada');
        await tab.fill('input[name=password]', 'of-ada');
        await tab.press('input[name=password]', 'Enter');
        // Without script the identity provider asks before it posts.
        await tab.click('noscript [type=submit], noscript button');
        await tab.locator('text=The test has succeeded').waitFor();
        await tab.close();
        await page.goto(connection);
        await page.locator('#last-test >> text=test succeeded').waitFor();
        await page.click('#activation button');
        await page.waitForURL('**?done=activated');
        await page.click('nav >> text=SCIM provisioning');
        await page.click('button:has-text("token")');
        workspace.scim = await page.innerText('#secret');
        await workspace.sendScim('GET', '/Users', undefined, 200);
        await page.click('nav >> text=SCIM provisioning');
        await page.locator('#live-checks li.done >> text=First request').waitFor();
        await ines.leave();

        // And from the application, by a code that is pasted.
        const admin = await Visitor.arrive({ javaScriptEnabled: false });
        const { code } = await workspace.entryLink({ email: workspace.administrator }, '/settings/scim/safety');
        await admin.page.goto(`${ROLLCALL}/enter`);
        await admin.page.fill('#code', code);
        await admin.page.click('text=Go on');
        await admin.page.click('button:has-text("Come in")');
        await admin.page.waitForURL(`${ROLLCALL}/settings/scim/safety`);
        await admin.leave();
    },
});
