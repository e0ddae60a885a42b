// Rollcall as those see it who are not in a browser: the operator, a workspace's administrator, and the identity provider's SCIM.

import assert from 'node:assert/strict';

const ROLLCALL = process.env.ROLLCALL_URL;

/** Calls one address and answers what it says, which has to come with this status. */
async function call(method, address, token, body, status) {
    const answer = await fetch(address, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    assert.equal(answer.status, status, `${method} ${address}: ${text}`);
    return text && JSON.parse(text);
}

/** Tries until it is so. */
export async function eventually(what, isSo) {
    for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((wait) => setTimeout(wait, 50))) {
        if (await isSo()) return;
    }
    assert.fail(`not in time: ${what}`);
}

/** What anybody may fetch. */
export async function text(address) {
    const answer = await fetch(address);
    assert.equal(answer.status, 200, address);
    return answer.text();
}

/** A workspace on the Enterprise plan with SCIM enabled, by which nobody signs in yet. */
export class Workspace {
    /** The one that was made last. */
    static latest;

    static async make(slug) {
        const workspace = new Workspace();
        const ops = `${ROLLCALL}/api/v1/ops/workspaces`;
        const operator = process.env.ROLLCALL_OPERATOR_TOKEN;
        workspace.administrator = `admin@${slug}.test`;
        const made = { slug, name: slug, plan: 'enterprise', scim_enabled: true, admin: workspace.administrator };
        await call('POST', ops, operator, made, 201);
        for (const scope of ['admin', 'scim', 'sessions']) {
            const token = await call('POST', `${ops}/${slug}/tokens`, operator, { name: scope, scopes: [scope] }, 201);
            workspace[scope] = token.secret;
        }
        return (Workspace.latest = workspace);
    }

    /** As administrator. */
    administer(method, path, body, status = 200) {
        return call(method, `${ROLLCALL}/api/v1${path}`, this.admin, body, status);
    }

    /** A link by which a member's browser comes in to the pages, as the application asks for it. */
    entryLink(member, returnTo) {
        return call('POST', `${ROLLCALL}/api/v1/entry-links`, this.sessions, { ...member, return_to: returnTo }, 201);
    }

    /** As identity provider. */
    sendScim(method, path, body, status) {
        return call(method, `${ROLLCALL}/api/v1/auth/scim${path}`, this.scim, body, status);
    }

    /** A connection to the identity provider with this metadata, still to be tested. */
    async connect(metadata, change = {}) {
        const made = await this.administer('POST', '/saml/connections', { name: 'Browser' }, 201);
        this.connection = `/saml/connections/${made.id}`;
        this.service = made.service_provider;
        await this.administer('PATCH', this.connection, change);
        return this.administer('PUT', `${this.connection}/metadata`, { xml: metadata });
    }

    /** Somebody whom the identity provider provisions. Answers the id once the person is a member. */
    async provision(userName) {
        const user = {
            schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
            userName,
            emails: [{ value: userName, type: 'work', primary: true }],
            active: true,
        };
        const made = await call('POST', `${ROLLCALL}/api/v1/auth/scim/Users`, this.scim, user, 201);
        await eventually(`${userName} is invited`, async () => (await this.member(made.id))?.status === 'invited');
        return made.id;
    }

    /** What the identity provider does when somebody leaves. */
    deactivate(user) {
        const operations = [{ op: 'replace', path: 'active', value: false }];
        const patch = { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations };
        return call('PATCH', `${ROLLCALL}/api/v1/auth/scim/Users/${user}`, this.scim, patch, 200);
    }

    /** The member who was provisioned under this id. */
    async member(user) {
        const { members } = await this.administer('GET', '/members');
        return members.find((member) => member.user_id === user);
    }

    /** The sign-in that was attempted last. */
    async lastAttempt() {
        const [attempt] = await this.administer('GET', '/saml/attempts?limit=1');
        return attempt;
    }
}
