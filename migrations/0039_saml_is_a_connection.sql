-- That SAML SSO is enabled means that people sign in by a connection whose test sign-in has succeeded. Operators could say so before; what
-- they have said without such a connection counts no longer, and nobody is put out by it.
update workspaces w
set saml_enabled = false
where saml_enabled
  and not exists (select from saml_connections c where c.workspace_id = w.id and c.status = 'active');
