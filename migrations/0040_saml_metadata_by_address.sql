-- Metadata that is fetched from where an identity provider offers it.
alter table saml_connections
    add column metadata_url        text,        -- none where an administrator has given the document, or its contents
    add column metadata_fetched_at timestamptz, -- what was there then is what is here
    add column metadata_error      text,        -- why it could not be refreshed; none when it could
    add column metadata_tried_at   timestamptz, -- of the last refresh, whatever came of it: who writes it is to do the next one
    add constraint saml_connections_metadata_check check (
        case when metadata_url is null then metadata_fetched_at is null and metadata_error is null and metadata_tried_at is null
             else metadata_fetched_at is not null and metadata_tried_at is not null end);
create index saml_connections_metadata_tried_at_idx on saml_connections (metadata_tried_at) where metadata_url is not null;

-- The fewest days before its end of which it was told; none while it was not.
alter table saml_certificates add column told_days integer;
create index saml_certificates_not_after_idx on saml_certificates (not_after) where not staged;
