-- Signals of an identity provider: that sessions are to end.
alter table saml_connections
    add column signals_issuer   text, -- these two: none where no signals are taken
    add column signals_jwks_url text,
    add constraint saml_connections_signals_check check ((signals_issuer is null) = (signals_jwks_url is null));

-- They name people without the format under which these sign in.
create index saml_identities_name_id_idx on saml_identities (workspace_id, connection_id, name_id);
