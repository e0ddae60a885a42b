// Signing in by SAML as people do it: a real browser, real identity providers, the running server and worker.
//
// Rollcall is at 127.0.0.1 and the identity providers are at localhost: to a browser these are two sites, as they are in life, so
// that cookies with SameSite=Lax stay behind when an identity provider has something posted to us. Started by deploy/dev browser,
// which says in the environment where everything is.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { Workspace, eventually, text } from './api.mjs';
import { scenarios as pages } from './pages.mjs';
import { scenarios as reach } from './reach.mjs';

const { chromium } = createRequire(`${process.env.NPM_FOLDER}/`)('playwright-core');
const ROLLCALL = process.env.ROLLCALL_URL;
const SESSION = `${ROLLCALL}/api/v1/session`;
const PATIENCE = 20_000;

/** Somebody with a browser of their own. */
class Visitor {
    /** The answer that was last shown by Rollcall, and every response that was posted to it. */
    shown = null;
    posted = [];

    static async arrive(options = {}) {
        const visitor = new Visitor();
        visitor.context = await browser.newContext(options);
        visitor.context.setDefaultTimeout(PATIENCE);
        // Nothing is loaded from other hosts: a page would wait for it.
        await visitor.context.route((url) => !['127.0.0.1', 'localhost'].includes(url.hostname), (route) => route.abort());
        visitor.page = await visitor.context.newPage();
        visitor.page.on('request', (request) => {
            if (request.method() === 'POST' && request.url().endsWith('/acs')) visitor.posted.push(request);
        });
        visitor.page.on('response', (response) => {
            const isShown = response.request().isNavigationRequest() && (response.status() < 300 || response.status() >= 400);
            if (isShown && response.url().startsWith(`${ROLLCALL}/`)) visitor.shown = response;
        });
        visitors.push(visitor);
        return visitor;
    }

    /** Goes to where the identity provider asks who it is. */
    async begin(address) {
        await this.page.goto(address, { waitUntil: 'commit' });
        await this.page.locator('input[name=username]').waitFor();
    }

    /** Says who it is. */
    async authenticate(name) {
        await this.page.fill('input[name=username]', name);
        await this.page.fill('input[name=password]', `of-${name}`);
        await this.page.press('input[name=password]', 'Enter');
    }

    /** Waits until Rollcall shows something, after what was done last. */
    async arriveAt(status) {
        await this.page.waitForURL(`${ROLLCALL}/**`);
        assert.equal(this.shown.status(), status, `${this.page.url()}: ${await this.page.innerText('body')}`);
    }

    /** The whole way with name and password. */
    async signIn(address, name, status = 200) {
        await this.begin(address);
        await this.authenticate(name);
        await this.arriveAt(status);
    }

    /** The whole way without being asked: the identity provider knows this browser. */
    async signInSilently(address, status) {
        await this.page.goto(address, { waitUntil: 'commit' });
        await this.arriveAt(status);
    }

    /** Posts what an identity provider has said, as a page of another site can. */
    async post(acs, response, status) {
        const posted = this.page.waitForRequest((request) => request.method() === 'POST' && request.url() === acs);
        await this.page.goto('about:blank');
        await this.page.setContent(`<form method="post" action="${acs}"><input name="SAMLResponse" value="${response}"></form>`);
        await this.page.evaluate(() => document.forms[0].submit());
        await posted;
        await this.arriveAt(status);
    }

    /** Comes in to the pages from the application, as the administrator of the workspace unless somebody else is named. */
    async comeIn(workspace, path, member = { email: workspace.administrator }) {
        const { url } = await workspace.entryLink(member, path);
        await this.page.goto(url);
        await this.page.click('button:has-text("Come in")');
        await this.page.waitForURL(`${ROLLCALL}${path}`);
    }

    /** With what status its session is answered. */
    async session() {
        return (await this.page.goto(SESSION)).status();
    }

    /** What was posted last. */
    response() {
        return new URLSearchParams(this.posted.at(-1).postData()).get('SAMLResponse');
    }

    /** The document that was posted last, and the elements in it that are signed themselves. */
    async read() {
        const document = Buffer.from(this.response(), 'base64').toString();
        const signed = await this.page.evaluate((text) => {
            const root = new DOMParser().parseFromString(text, 'text/xml');
            const signatures = root.getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature');
            return [...signatures].map((signature) => signature.parentNode.localName);
        }, document);
        return { document, signed };
    }

    async leave() {
        await this.context.close();
        visitors.splice(visitors.indexOf(this), 1);
    }
}

/** Nobody is signed in: the person reads one sentence and a reference, under which the administrator finds the reason. */
async function refused(visitor, workspace, code, sentence) {
    assert.equal(await visitor.page.innerText('h1'), 'You are not signed in');
    const [told, reference, ...more] = await visitor.page.locator('p').allInnerTexts();
    assert.match(told, sentence);
    assert.deepEqual(more, []);
    const attempt = await workspace.lastAttempt();
    assert.equal(attempt.code, code);
    assert.equal(reference, `Reference: ${attempt.id}`);
    assert.ok(attempt.explanation && attempt.fix, JSON.stringify(attempt));
    assert.equal(await visitor.session(), 401);
}

/** SimpleSAMLphp, with the switches that it has for one service provider. */
const simplesamlphp = {
    at: `http://127.0.0.1:${process.env.SIMPLESAMLPHP_PORT}`,
    metadata: '/saml2/idp/metadata.php',
    async trust(service, switches) {
        const folder = process.env.SIMPLESAMLPHP_STATE;
        writeFileSync(`${folder}/switches.json`, JSON.stringify(switches));
        writeFileSync(`${folder}/service-provider.xml`, await text(service.entity_id));
    },
};

/** nanoidp, which takes every service provider. */
const nanoidp = { at: `http://127.0.0.1:${process.env.NANOIDP_PORT}`, metadata: '/saml/metadata', async trust() {} };

/** A workspace with a connection that was tested in a browser and then activated. */
async function connected(slug, idp, { change, switches } = {}) {
    const workspace = await Workspace.make(slug);
    await workspace.connect(await text(idp.at + idp.metadata), change);
    await idp.trust(workspace.service, switches ?? {});
    const link = await workspace.administer('POST', `${workspace.connection}/test`, {});
    const tester = await Visitor.arrive();
    await tester.signIn(link.url, 'ada');
    assert.equal(await tester.page.innerText('h1'), 'The test has succeeded');
    const reference = await tester.page.innerText('code');
    const attempt = await workspace.lastAttempt();
    assert.deepEqual([attempt.id, attempt.is_test, attempt.code ?? null, attempt.name_id], [reference, true, null, 'ada@browser.test']);
    assert.equal(await tester.session(), 401, 'a test signs nobody in');
    await tester.leave();
    const active = await workspace.administer('POST', `${workspace.connection}/activate`, {});
    assert.equal(active.status, 'active');
    return workspace;
}

/** Somebody whom the directory knows signs in, in a new browser. Answers who, and what the identity provider had posted. */
async function ada(workspace) {
    const user = await workspace.provision('ada@browser.test');
    const visitor = await Visitor.arrive();
    await visitor.signIn(`${workspace.service.start_url}?return_to=/api/v1/session`, 'ada');
    assert.equal(visitor.page.url(), SESSION, 'led back to where it began');
    const { member } = await visitor.shown.json();
    assert.equal(member.user_id, user);
    assert.equal(member.status, 'active', 'by the first sign-in');
    const headers = await visitor.posted[0].allHeaders();
    assert.equal(headers.cookie, undefined, 'what another site posts comes without cookies');
    for (const cookie of await visitor.context.cookies(ROLLCALL)) {
        assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, 'Lax'], cookie.name);
    }
    return { user, visitor, ...await visitor.read() };
}

const assertionSigned = { 'saml20.sign.assertion': true, 'saml20.sign.response': false };
const responseSigned = { 'saml20.sign.assertion': false, 'saml20.sign.response': true };
const encrypted = { 'assertion.encryption': true };
const AES_GCM = 'http://www.w3.org/2009/xmlenc11#aes256-gcm';
const AES_CBC = 'http://www.w3.org/2001/04/xmlenc#aes128-cbc';

const scenarios = {
    async 'SimpleSAMLphp signs the assertion; theft, replay, strangers, and the end'() {
        const workspace = await connected('assertion-signed', simplesamlphp, { switches: assertionSigned });
        const { user, visitor, signed } = await ada(workspace);
        assert.deepEqual(signed, ['Assertion']);

        // The same response again. Its request has had its answer; who is in stays in.
        await visitor.post(workspace.service.acs_url, visitor.response(), 403);
        assert.equal((await workspace.lastAttempt()).code, 'in_response_to');
        assert.equal(await visitor.session(), 200);

        // Begun at the identity provider by somebody whom it knows and we do not: back and forth without a question.
        await visitor.context.clearCookies({ domain: '127.0.0.1' });
        assert.equal(await visitor.session(), 401);
        const before = visitor.posted.length;
        const there = `${simplesamlphp.at.replace('127.0.0.1', 'localhost')}/saml2/idp/SSOService.php`;
        await visitor.page.goto(`${there}?spentityid=${encodeURIComponent(workspace.service.entity_id)}`, { waitUntil: 'commit' });
        await eventually('the unsolicited response has led to one that was asked for', () => visitor.posted.length === before + 2);
        await visitor.page.waitForURL(`${ROLLCALL}/account`);
        const [unsolicited, asked] = visitor.posted.slice(before).map((request) =>
            Buffer.from(new URLSearchParams(request.postData()).get('SAMLResponse'), 'base64').toString());
        assert.ok(!unsolicited.includes('InResponseTo') && asked.includes('InResponseTo'));
        assert.equal(await visitor.session(), 200);

        // Somebody has a response of their own posted by another browser, which has begun to sign in too.
        const [thief, victim] = [await Visitor.arrive(), await Visitor.arrive()];
        await victim.begin(workspace.service.start_url);
        await victim.page.route('**/acs', (route) => route.abort());
        await victim.authenticate('ada');
        await eventually('the response is on its way', () => victim.posted.length === 1);
        await thief.begin(workspace.service.start_url);
        await thief.post(workspace.service.acs_url, victim.response(), 403);
        assert.equal(new URL(thief.page.url()).pathname, '/sso/finish');
        await refused(thief, workspace, 'other_browser', /begun elsewhere/);
        // What was taken is gone for everybody.
        await victim.page.unroute('**/acs');
        await victim.post(workspace.service.acs_url, victim.response(), 403);
        await refused(victim, workspace, 'in_response_to', /begun elsewhere/);
        await thief.leave();
        await victim.leave();

        // Somebody of whom the directory knows nothing.
        const eve = await Visitor.arrive();
        await eve.signIn(workspace.service.start_url, 'eve', 403);
        await refused(eve, workspace, 'not_provisioned', /not a member of this workspace/);
        await eve.leave();

        // Signing out, as a page of the application does it; then the identity provider still knows the browser.
        await visitor.session();
        const signedOut = await visitor.page.evaluate(async (address) => (await fetch(address, { method: 'POST' })).status, `${SESSION}/sign-out`);
        assert.equal(signedOut, 204);
        assert.equal(await visitor.session(), 401);
        await visitor.signInSilently(`${workspace.service.start_url}?return_to=/api/v1/session`, 200);
        assert.equal(await visitor.session(), 200);

        // The directory says that ada has left: the very next request is refused, and so is coming back.
        await workspace.deactivate(user);
        assert.equal(await visitor.session(), 401);
        await visitor.signInSilently(workspace.service.start_url, 403);
        await refused(visitor, workspace, 'deactivated', /access has been ended/);
        await visitor.leave();
    },

    async 'SimpleSAMLphp signs the response'() {
        const workspace = await connected('response-signed', simplesamlphp, { switches: responseSigned });
        const { visitor, signed } = await ada(workspace);
        assert.deepEqual(signed, ['Response']);
        await visitor.leave();
    },

    async 'SimpleSAMLphp encrypts the assertion by AES-GCM, signed within'() {
        const switches = { ...assertionSigned, ...encrypted, gcm: true };
        const workspace = await connected('encrypted', simplesamlphp, { change: { encrypts: true }, switches });
        const { visitor, document, signed } = await ada(workspace);
        assert.ok(document.includes(AES_GCM) && !document.includes('ada@browser.test'), document);
        assert.deepEqual(signed, [], 'what is signed is within');
        await visitor.leave();
    },

    async 'SimpleSAMLphp encrypts the assertion by AES-CBC: taken within a signed response only'() {
        const switches = { ...responseSigned, ...encrypted };
        const workspace = await connected('encrypted-cbc', simplesamlphp, { change: { encrypts: true }, switches });
        const { visitor, document, signed } = await ada(workspace);
        assert.ok(document.includes(AES_CBC) && !document.includes('ada@browser.test'), document);
        assert.deepEqual(signed, ['Response']);
        await simplesamlphp.trust(workspace.service, { ...assertionSigned, ...encrypted });
        await visitor.context.clearCookies({ domain: '127.0.0.1' });
        await visitor.signInSilently(workspace.service.start_url, 403);
        await refused(visitor, workspace, 'unsigned_cbc', /could not be verified/);
        await visitor.leave();
    },

    async 'SimpleSAMLphp takes signed requests only'() {
        const workspace = await connected('requests-signed', simplesamlphp, { change: { signs_requests: true } });
        const { visitor } = await ada(workspace);
        await visitor.leave();
        // It looks at what it says it looks at.
        const sent = await fetch(workspace.service.start_url, { redirect: 'manual' });
        const stranger = await Visitor.arrive();
        const shows = async (change, expected) => {
            const address = new URL(sent.headers.get('location'));
            change(address.searchParams);
            await stranger.page.goto(address.href);
            assert.match(await stranger.page.innerText('body'), expected);
        };
        await shows(() => {}, /Password/);
        await shows((query) => query.delete('Signature'), /no signature found/);
        await shows((query) => query.set('RelayState', 'another'), /Unable to validate signature/);
        await stranger.leave();
    },

    async 'nanoidp'() {
        const { visitor, signed } = await ada(await connected('nanoidp', nanoidp));
        assert.deepEqual(signed, ['Assertion']);
        await visitor.leave();
    },

    ...pages(Visitor, simplesamlphp),
    ...reach(Visitor, simplesamlphp, connected),
};

const visitors = [];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM });
for (const [name, play] of Object.entries(scenarios).filter(([name]) => name.includes(process.env.ONLY ?? ''))) {
    const begun = Date.now();
    try {
        await play();
    } catch (error) {
        console.log(`failed  ${name}\n`);
        for (const { page } of visitors) {
            console.log(`a browser is at ${page.url()} and shows:\n${await page.innerText('body').catch(() => 'nothing')}\n`);
        }
        console.log('the last attempt:', await Workspace.latest?.lastAttempt());
        console.log(error);
        process.exitCode = 1;
        break;
    }
    console.log(`ok  ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
}
await browser.close();
