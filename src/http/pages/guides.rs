//! What is done in the console of each identity provider, in the words that stand there.

use maud::{Markup, html};

/// What OneLogin makes of a person: `{$…}` are its own.
const ONELOGIN_TEMPLATE: &str = r#"{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "userName": "{$parameters.scimusername}",
  "displayName": "{$user.display_name}",
  "name": { "givenName": "{$user.firstname}", "familyName": "{$user.lastname}" },
  "emails": [{ "value": "{$user.email}", "type": "work", "primary": true }],
  "active": "{$user.active}"
}"#;

/// An identity provider with a guide of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guide {
    /// Okta.
    Okta,
    /// OneLogin.
    OneLogin,
    /// Microsoft Entra ID.
    Entra,
    /// Google Workspace.
    Google,
    /// Every other one.
    Other,
}

impl Guide {
    /// Every guide.
    pub const ALL: [Self; 5] = [Self::Okta, Self::OneLogin, Self::Entra, Self::Google, Self::Other];

    /// Its name in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::OneLogin => "onelogin",
            Self::Entra => "entra",
            Self::Google => "google",
            Self::Other => "other",
        }
    }

    /// Its name for people.
    pub const fn called(self) -> &'static str {
        match self {
            Self::Okta => "Okta",
            Self::OneLogin => "OneLogin",
            Self::Entra => "Entra ID",
            Self::Google => "Google",
            Self::Other => "Another one",
        }
    }

    /// The one that an address names, else the one that seems to be meant by a name or an address of the identity provider.
    pub fn of(word: Option<&str>, hints: &[Option<&str>]) -> Self {
        if let Some(guide) = Self::ALL.into_iter().find(|guide| word == Some(guide.word())) {
            return guide;
        }
        let has =
            |marks: &[&str]| hints.iter().flatten().any(|hint| marks.iter().any(|mark| hint.to_ascii_lowercase().contains(mark)));
        if has(&["okta"]) {
            Self::Okta
        } else if has(&["onelogin"]) {
            Self::OneLogin
        } else if has(&["entra", "azure", "microsoft", "windows.net"]) {
            Self::Entra
        } else if has(&["google"]) {
            Self::Google
        } else {
            Self::Other
        }
    }

    /// Leads from one guide to the others.
    pub fn tabs(self, address: &str) -> Markup {
        html! {
            nav aria-label="Identity providers" { ul.tabs {
                @for guide in Self::ALL {
                    li { a href={ (address) "?idp=" (guide.word()) } aria-current=[(guide == self).then_some("true")] { (guide.called()) } }
                }
            } }
        }
    }

    /// How the SAML application is made.
    pub fn saml(self) -> Markup {
        match self {
            Self::Okta => html! { ol.steps {
                li { "In the Admin Console go to " b { "Applications › Applications" } ", press " b { "Create App Integration" } " and choose " b { "SAML 2.0" } "." }
                li { "Under " b { "Configure SAML" } " enter the ACS URL as " b { "Single sign-on URL" } " (leave “Use this for Recipient URL and Destination URL” ticked) and the entity ID as " b { "Audience URI (SP Entity ID)" } "." }
                li { "Set " b { "Name ID format" } " to EmailAddress and " b { "Application username" } " to Email." }
                li { "Under " b { "Attribute Statements" } " add " code { "email" } " = " code { "user.email" } ", " code { "firstName" } " = " code { "user.firstName" } ", " code { "lastName" } " = " code { "user.lastName" } "." }
                li { "Finish. On the tab " b { "Sign On" } " copy the " b { "Metadata URL" } ", and give it in the next step." }
                li { "On the tab " b { "Assignments" } " assign yourself, so that you can test." }
            } },
            Self::OneLogin => html! { ol.steps {
                li { "Go to " b { "Applications › Applications › Add App" } " and choose " b { "SCIM Provisioner with SAML (SCIM v2 Enterprise, full SAML)" } ". The same app does the provisioning later." }
                li { "On the tab " b { "Configuration" } " enter the entity ID as " b { "SAML Audience URL" } ", and the ACS URL as " b { "SAML Consumer URL" } ", as " b { "SAML Recipient" } " and, with each of its dots and slashes escaped, as " b { "SAML Consumer URL Validator" } "." }
                li { "On the tab " b { "Parameters" } " set " b { "SAML NameID (Subject)" } " to Email." }
                li { "Save. Under " b { "More Actions" } " download the " b { "SAML Metadata" } ", or copy the " b { "Issuer URL" } " of the tab " b { "SSO" } ", and give it in the next step." }
                li { "On the tab " b { "SSO" } " choose SHA-256 as " b { "SAML Signature Algorithm" } "." }
            } },
            Self::Entra => html! { ol.steps {
                li { "In the Microsoft Entra admin center go to " b { "Enterprise apps › New application › Create your own application" } ", and choose “Integrate any other application you don't find in the gallery (Non-gallery)”." }
                li { "Open " b { "Single sign-on › SAML" } ". Under " b { "Basic SAML Configuration" } " enter the entity ID as " b { "Identifier (Entity ID)" } ", the ACS URL as " b { "Reply URL (Assertion Consumer Service URL)" } " and the sign-in address as " b { "Sign on URL" } "." }
                li { "Under " b { "Attributes & Claims" } " set the " b { "Unique User Identifier (Name ID)" } " to " code { "user.mail" } " or " code { "user.userprincipalname" } ", whichever is the address that people have here." }
                li { "Under " b { "SAML Certificates" } " copy the " b { "App Federation Metadata Url" } ", and give it in the next step." }
                li { "Under " b { "Users and groups" } " assign yourself, so that you can test." }
            } },
            Self::Google => html! { ol.steps {
                li { "In the Admin console go to " b { "Apps › Web and mobile apps › Add app › Add custom SAML app" } ", and give it a name." }
                li { "Press " b { "Download metadata" } ", and give the file in the next step. Google has no address for it." }
                li { "Under " b { "Service provider details" } " enter the " b { "ACS URL" } " and the " b { "Entity ID" } ", choose EMAIL as " b { "Name ID format" } " and Basic Information › Primary email as " b { "Name ID" } "." }
                li { "Under " b { "Attributes" } " map Primary email to " code { "email" } ", First name to " code { "firstName" } ", Last name to " code { "lastName" } "." }
                li { "Open " b { "User access" } " and turn the app " b { "ON" } " for yourself or for everyone." }
            } },
            Self::Other => html! { ol.steps {
                li { "Make a SAML 2.0 application with the entity ID and the ACS URL below, or have it read our metadata: it is at the address that is the entity ID." }
                li { "Have it sign its assertions or its responses, with SHA-256 or better, and send an e-mail address as NameID or as the attribute " code { "email" } "." }
                li { "Get its metadata, as an address that starts with https:// or as a file, and give it in the next step." }
            } },
        }
    }

    /// How provisioning is switched on.
    pub fn scim(self) -> Markup {
        match self {
            Self::Okta => html! { ol.steps {
                li { "Open the SAML app integration. On the tab " b { "General" } " press " b { "Edit" } " in " b { "App Settings" } ", choose " b { "SCIM" } " for " b { "Provisioning" } " and save." }
                li { "On the tab " b { "Provisioning › Integration" } " press " b { "Edit" } ". Enter the SCIM address as " b { "SCIM connector base URL" } " and " code { "email" } " as " b { "Unique identifier field for users" } "." }
                li { "As " b { "Supported provisioning actions" } " tick Push New Users, Push Profile Updates and Push Groups." }
                li { "As " b { "Authentication Mode" } " choose " b { "HTTP Header" } " and paste the token. Press " b { "Test Connector Configuration" } ", then save." }
                li { "Under " b { "Provisioning › To App" } " press " b { "Edit" } " and enable Create Users, Update User Attributes and Deactivate Users." }
                li { "On the tab " b { "Assignments" } " assign people or groups. On the tab " b { "Push Groups" } " choose the groups whose members have a role here." }
            } },
            Self::OneLogin => html! { ol.steps {
                li { "Open the app “SCIM Provisioner with SAML (SCIM v2 Enterprise, full SAML)”. On the tab " b { "Configuration" } " enter the SCIM address as " b { "SCIM Base URL" } " and the token as " b { "SCIM Bearer Token" } "." }
                li {
                    "If " b { "SCIM JSON Template" } " is empty, or lacks the e-mail address, enter this:"
                    div.copy {
                        pre id="onelogin-template" tabindex="0" { (ONELOGIN_TEMPLATE) }
                        button.plain type="button" data-copy="onelogin-template" hidden aria-label="Copy the template" { "Copy" }
                        span.hidden role="status" {}
                    }
                }
                li { "Next to " b { "API Connection" } " press " b { "Enable" } ": OneLogin calls us, and says Enabled." }
                li { "On the tab " b { "Parameters" } " set " b { "scimusername" } " to Email." }
                li { "On the tab " b { "Provisioning" } " tick " b { "Enable provisioning" } ", take away the ticks of “Require admin approval” for Create, Update and Delete, and choose what happens when users are deleted or removed: Delete or Suspend." }
                li { "On the tab " b { "Access" } " choose the roles whose people are provisioned. For groups, tick " b { "Include in User Provisioning" } " of the parameter Groups, and add a rule." }
            } },
            Self::Entra => html! { ol.steps {
                li { "Open the enterprise application, then " b { "Provisioning" } ", and press " b { "New configuration" } " (or set " b { "Provisioning Mode" } " to Automatic)." }
                li { "Enter the SCIM address as " b { "Tenant URL" } " and the token as " b { "Secret Token" } ". Press " b { "Test Connection" } ", then create or save." }
                li { "Under " b { "Attribute mapping" } " see that " code { "userName" } " is mapped from the attribute that is the address of your people (" code { "userPrincipalName" } " or " code { "mail" } "), " code { "externalId" } " from " code { "objectId" } ", and " code { "emails[type eq \"work\"].value" } " from " code { "mail" } "." }
                li { "Under " b { "Users and groups" } " assign people and groups; a group inside of a group is not followed by Entra ID." }
                li { "Press " b { "Start provisioning" } ". Entra ID sends what has changed every 40 minutes; with " b { "Provision on demand" } " one person is sent at once." }
            } },
            Self::Google => html! {
                p { "Google Workspace provisions only apps of its own catalogue: a custom SAML app has no automatic provisioning. Use another identity provider's SCIM, or a tool that speaks SCIM for Google, with these values:" }
                (Self::Other.scim())
            },
            Self::Other => html! { ol.steps {
                li { "Where it asks for a SCIM 2.0 address (base URL, tenant URL, endpoint), enter ours, without anything behind it." }
                li { "Where it asks for a token (bearer token, secret token, API key), paste the token. It is sent as " code { "Authorization: Bearer <token>" } "." }
                li { "Map " code { "userName" } " to the e-mail address of people, and " code { "externalId" } " to what never changes about them." }
                li { "Switch on creating, updating and deactivating people, and pushing groups if roles are to follow from groups." }
            } },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_follows_from_what_is_known() {
        assert_eq!(Guide::of(Some("entra"), &[Some("Okta")]), Guide::Entra);
        assert_eq!(Guide::of(Some("nonsense"), &[Some("Our Okta")]), Guide::Okta);
        assert_eq!(Guide::of(None, &[None, Some("https://sts.windows.net/1/")]), Guide::Entra);
        assert_eq!(Guide::of(None, &[Some("https://app.onelogin.com/x")]), Guide::OneLogin);
        assert_eq!(Guide::of(None, &[Some("https://accounts.google.com/o/saml2")]), Guide::Google);
        assert_eq!(Guide::of(None, &[]), Guide::Other);
    }
}
