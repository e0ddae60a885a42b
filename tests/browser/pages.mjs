// The pages in a real browser: the whole way from a set-up link to the first person who arrives, by somebody without an account, and then every
// page that there is.

import assert from 'node:assert/strict';

import { Workspace, eventually, text } from './api.mjs';
import { FOR_ADMINISTRATORS, look } from './looks.mjs';

const ROLLCALL = process.env.ROLLCALL_URL;

/** The scenarios, for visitors who arrive as these do and an identity provider. */
export const scenarios = (Visitor, idp) => ({
    async 'from a set-up link to the first person who arrives'() {
        const workspace = await Workspace.make('pages');
        const operator = await Visitor.arrive();
        await operator.page.goto(`${ROLLCALL}/ops`);
        await look(operator.page, 'ops-sign-in');
        await operator.page.fill('#token', process.env.ROLLCALL_OPERATOR_TOKEN);
        await operator.page.click('text=Sign in');
        await operator.page.waitForURL('**/ops/workspaces');
        await look(operator.page, 'ops-workspaces');
        await operator.page.goto(`${ROLLCALL}/ops/jobs`);
        await look(operator.page, 'ops-jobs');
        await operator.page.goto(`${ROLLCALL}/ops/workspaces/pages`);
        await operator.page.fill('[action$="/set-up-link"] input', 'Ines of Acme IT');
        await operator.page.click('text=Make a link');
        const link = await operator.page.innerText('#link code, code#link');
        await look(operator.page, 'ops-workspace');
        await operator.page.goto(`${ROLLCALL}/ops/workspaces/pages`);
        assert.ok(!(await operator.page.content()).includes(link.split('#')[1]), 'a link is shown once');
        await operator.leave();

        // Ines has never heard of Rollcall. No server ever sees the code in an address.
        const ines = await Visitor.arrive();
        const asked = [];
        ines.page.on('request', (request) => asked.push(request.url()));
        await ines.page.goto(link);
        await look(ines.page, 'set-up-start');
        await ines.page.click('text=Begin');
        await ines.page.waitForURL('**/set-up/steps');
        const code = link.split('#')[1];
        assert.ok(asked.every((address) => !address.split('#')[0].includes(code)) && !ines.page.url().includes(code));
        await look(ines.page, 'set-up-steps');
        await ines.page.click('main >> text=SAML sign-in');
        await look(ines.page, 'set-up-saml');
        await ines.page.fill('#name', 'Acme');
        await ines.page.click('button:has-text("Begin")');
        await ines.page.waitForURL('**/set-up/saml/*');
        const entityId = await ines.page.innerText('#entity-id');
        await ines.page.fill('#xml', await text(idp.at + idp.metadata));
        await ines.page.click('text=Take it over');
        await ines.page.waitForURL('**?done=metadata');
        await idp.trust({ entity_id: entityId }, {});
        await ines.page.click('text=Make a test link');
        const [tab] = await Promise.all([ines.context.waitForEvent('page'), ines.page.click('text=Open the test sign-in')]);
        await tab.locator('input[name=username]').waitFor();
        await tab.fill('input[name=username]', 'ada');
        await tab.fill('input[name=password]', 'of-ada');
        await tab.press('input[name=password]', 'Enter');
        await tab.waitForURL(`${ROLLCALL}/sso/finish**`);
        await look(tab, 'test-succeeded');
        await tab.close();
        // The page has seen it by itself.
        await ines.page.locator('#last-test >> text=test succeeded').waitFor();
        await look(ines.page, 'set-up-connection');
        await ines.page.locator('#activation button').click();
        await ines.page.waitForURL('**?done=activated');

        await ines.page.click('nav >> text=SCIM provisioning');
        const address = await ines.page.innerText('#scim-address');
        assert.equal(address, `${ROLLCALL}/api/v1/auth/scim`);
        await ines.page.click('button:has-text("token")');
        const token = await ines.page.innerText('#secret');
        await look(ines.page, 'set-up-scim-token');
        await ines.page.goto(`${ROLLCALL}/set-up/scim?idp=okta`);
        assert.ok(!(await ines.page.content()).includes(token), 'a token is shown once');
        assert.equal(await ines.page.locator('#live-checks li.done').count(), 0);
        await look(ines.page, 'set-up-scim');

        // Now the identity provider does what it was told, and the page turns green without a click.
        const send = (path, body) => fetch(`${address}${path}`, {
            method: body ? 'POST' : 'GET',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
            body: body && JSON.stringify(body),
        });
        assert.equal((await send('/Users?filter=userName%20eq%20%22ada%40browser.test%22')).status, 200);
        await ines.page.locator('#live-checks li.done >> text=First request').waitFor();
        const emails = [{ value: 'ada@browser.test', type: 'work', primary: true }];
        const made = await send('/Users', { userName: 'ada@browser.test', displayName: 'Ada Lovelace', emails, active: true });
        assert.equal(made.status, 201);
        const { id } = await made.json();
        await ines.page.locator('#live-checks li.done >> text=First member').waitFor();
        assert.equal((await send('/Groups', { displayName: 'Engineering', members: [{ value: id }] })).status, 201);
        await ines.page.locator('#live-checks li.done >> text=First group').waitFor();
        // Two of one name: what is wrong is said where Ines looks.
        assert.equal((await send('/Users', { userName: 'ADA@browser.test', emails, active: true })).status, 409);
        await ines.page.locator('#live-checks >> text=Another user of this workspace has this userName').waitFor();
        await look(ines.page, 'set-up-scim-green');
        await picture(ines.page);
        await ines.leave();

        // Ada signs in by it, and is an administrator from then on.
        const { members } = await workspace.administer('GET', '/members');
        const ada = members.find((member) => member.email === 'ada@browser.test');
        await workspace.administer('PUT', `/members/${ada.id}/grant`, { role: 'admin' }, 204);
        const admin = await Visitor.arrive();
        await admin.page.goto(`${ROLLCALL}/members`);
        await admin.page.waitForURL('**/sign-in?**');
        await look(admin.page, 'sign-in');
        await admin.page.fill('#workspace', 'pages');
        await admin.page.click('text=Continue');
        await admin.page.locator('input[name=username]').waitFor();
        await admin.authenticate('ada');
        await admin.page.waitForURL(`${ROLLCALL}/members`);
        await look(admin.page, 'members');
        await admin.page.goto(`${ROLLCALL}/account`);
        await look(admin.page, 'account');
        await everyPage(admin.page, ada.id, workspace);
        await decisions(admin.page, workspace, send);
        await mapping(admin.page);
        await tokens(admin.page);
        await admin.leave();
    },
});

/** The picture of the README. */
async function picture(page) {
    if (!process.env.PICTURES) return;
    await page.setViewportSize({ width: 1080, height: 860 });
    await page.locator('#live-checks').evaluate((checks) => checks.scrollIntoView({ block: 'end' }));
    await page.screenshot({ path: `${process.env.PICTURES}/readme.png` });
}

/** Every page that an administrator has, looked at. */
async function everyPage(page, member, workspace) {
    // With something on them that is not there otherwise.
    const urn = 'urn:ietf:params:scim:schemas:extension:acme:2.0:User';
    const attributes = [{ name: 'costCentre', type: 'string', multiValued: false }];
    await workspace.administer('POST', '/domains', { domain: 'acme.test' }, 201);
    await workspace.administer('PUT', `/scim/schemas/${urn}`, { resource_type: 'User', attributes }, 200);
    await workspace.administer('PUT', '/roles/support', { rank: 250 }, 204);
    await page.goto(`${ROLLCALL}/groups`);
    await look(page, 'groups');
    await page.click('main >> text=Engineering');
    await look(page, 'group');
    for (const [name, path] of [['member', `/members/${member}`], ...FOR_ADMINISTRATORS]) {
        const answer = await page.goto(`${ROLLCALL}${path}`);
        assert.equal(answer.status(), 200, path);
        await look(page, name);
    }
    await page.goto(`${ROLLCALL}/settings/saml`);
    await page.click('main h2 a');
    await look(page, 'settings-connection');
    await page.goto(`${ROLLCALL}/settings/webhooks`);
    await page.fill('#url', 'http://127.0.0.1:1/hook');
    await page.click('text=Make it');
    await page.locator('#secret').waitFor();
    await look(page, 'settings-webhook');
    await page.goto(`${ROLLCALL}/activity?status=failed`);
    await page.locator('main td a').first().click();
    await page.locator('text=What to do:').waitFor();
    await look(page, 'request');
    assert.equal((await page.goto(`${ROLLCALL}/members/nobody`)).status(), 404);
    await look(page, 'not-found');
}

/** More leave at once than a workspace can mean to lose: an administrator decides. */
async function decisions(page, workspace, send) {
    await workspace.administer('PATCH', '/brake', { engages: true, least: 0, most: 0 });
    const leavers = [];
    for (const name of ['bea', 'cy']) {
        const emails = [{ value: `${name}@browser.test`, type: 'work', primary: true }];
        leavers.push(await (await send('/Users', { userName: `${name}@browser.test`, emails, active: true })).json());
    }
    await eventually('they are in', async () => (await workspace.member(leavers[1].id))?.status === 'invited');
    for (const leaver of leavers) await workspace.deactivate(leaver.id);
    await eventually('they are held', async () => (await workspace.administer('GET', '/held-changes')).changes.length === 2);
    await page.goto(`${ROLLCALL}/held-changes`);
    await look(page, 'held-changes');
    await page.locator('tr:has-text("cy@browser.test") >> text=Reject').click();
    await page.waitForURL('**?done=rejected');
    await page.click('text=Approve all of it');
    await page.waitForURL('**?done=approved');
    await eventually('bea is out', async () => (await workspace.member(leavers[0].id)).status === 'deactivated');
    assert.equal((await workspace.member(leavers[1].id)).status, 'invited', 'cy was rejected');
}

/** A group is to give a role: first it is shown to whom. */
async function mapping(page) {
    await page.goto(`${ROLLCALL}/settings/scim/mappings`);
    await page.click('label:has-text("Engineering")');
    await page.selectOption('#role', 'editor');
    await page.click('text=See what would happen');
    await page.locator('text=What would happen:').waitFor();
    await look(page, 'mapping-preview');
    await page.click('text=Do it');
    await page.waitForURL('**?done=mapped');
    assert.match(await page.innerText('main'), /Engineering/);
}

/** A token is made, copied, and never shown again. */
async function tokens(page) {
    await page.goto(`${ROLLCALL}/settings/api`);
    await page.fill('#name', 'OneLogin');
    await page.check('#scim');
    await page.click('button:has-text("Make the token")');
    const secret = await page.innerText('#secret');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: ROLLCALL });
    await page.click('[data-copy=secret]');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
    await look(page, 'token-made');
    await page.goto(`${ROLLCALL}/settings/api`);
    assert.ok(!(await page.content()).includes(secret));
}
