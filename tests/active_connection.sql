-- A SAML connection by which people sign in, as it is after a test sign-in and activation; for tests and benchmarks that are not about that.
-- Nothing that it signs is ever verified: the certificate is none. $1 is the workspace.
with connection as (
    insert into saml_connections (workspace_id, id, name, status, idp_entity_id, idp_sso_url, tested_at, activated_at, created_by,
                                  created_at, updated_at)
    values ($1, gen_random_uuid(), 'Not used', 'active', 'https://idp.example.test/unused', 'https://idp.example.test/sso', now(), now(),
            'system', now(), now())
    returning workspace_id, id
), certificate as (
    insert into saml_certificates (workspace_id, connection_id, fingerprint, der, subject, not_after, staged, created_at)
    select workspace_id, id, repeat('0', 64), '', 'Nobody', now() + interval '1 year', false, now()
    from connection
)
update workspaces
set saml_enabled = true
from connection
where workspaces.id = connection.workspace_id
