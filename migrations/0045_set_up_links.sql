-- A set-up link is a token with a scope of its own: whoever holds it sets up SAML and SCIM and does nothing else.
alter table api_tokens
    drop constraint api_tokens_scopes_check,
    add constraint api_tokens_scopes_check check (
        cardinality(scopes) > 0 and scopes <@ array ['scim', 'members:read', 'sessions', 'admin', 'setup']
        and (not 'setup' = any (scopes) or cardinality(scopes) = 1)
    );
