//! What operators do on the command line: the same use cases as the operations API.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use clap::{Args, Subcommand};
use rollcall::{
    app::{
        App,
        caller::OperatorCaller,
        operator::{self, NewWorkspace, WorkspaceChange, WorkspaceRow},
        principal::Scope,
        queue::{self, JobState},
        set_up::{self, NewLink},
        sweep,
        tokens::{self, NewToken},
    },
    clock,
    directory::{gate::Plan, provisioning::ManagedPeople},
    ids::{MemberId, TokenId},
};
use secrecy::ExposeSecret;

fn caller() -> OperatorCaller {
    OperatorCaller::on_the_command_line(clock::now())
}

/// What is asked about workspaces.
#[derive(Subcommand)]
pub enum WorkspaceCommand {
    /// Makes a workspace
    Create(NewWorkspaceArguments),
    /// Shows a workspace and what is missing for its gate
    Show {
        /// Short name
        slug: String,
    },
    /// Lists workspaces
    List,
    /// Sets the plan
    SetPlan {
        /// Short name
        slug: String,
        /// free, team, business or enterprise
        plan: Plan,
        /// What becomes of the directory's people when SCIM is switched off by this: keep or hand_over
        #[arg(long)]
        managed_people: Option<ManagedPeople>,
    },
    /// Disables the SAML connection by which people sign in; SCIM is refused from then on
    DisableSaml {
        /// Short name
        slug: String,
        /// What becomes of the directory's people when SCIM is switched off by this: keep or hand_over
        #[arg(long)]
        managed_people: Option<ManagedPeople>,
    },
    /// Enables SCIM
    EnableScim {
        /// Short name
        slug: String,
    },
    /// Disables SCIM; nobody is deactivated by that alone
    DisableScim {
        /// Short name
        slug: String,
        /// What becomes of the directory's people when SCIM is switched off by this: keep or hand_over
        #[arg(long)]
        managed_people: Option<ManagedPeople>,
    },
    /// Sets the role of people to whom nothing else gives one
    SetDefaultRole {
        /// Short name
        slug: String,
        /// admin, editor, viewer, guest or a role of the workspace's own
        role: String,
    },
    /// Sets how many people the workspace may have
    SetSeats {
        /// Short name
        slug: String,
        /// How many; without it as many as they are
        seats: Option<u32>,
    },
    /// Makes a link with which an IT administrator without an account sets up SAML and SCIM; it is shown this once
    SetUpLink {
        /// Short name
        slug: String,
        /// For whom it is
        #[arg(long)]
        name: String,
        /// For how many days it is good: 30 at most
        #[arg(long, default_value_t = set_up::USUAL_DAYS)]
        days: u16,
    },
    /// Compares everything that the directory says with everything that is, and repairs what differs
    Reconcile {
        /// Short name
        slug: String,
    },
}

/// A new workspace.
#[derive(Args)]
pub struct NewWorkspaceArguments {
    /// Short name: lower-case letters, digits and hyphens
    slug: String,
    /// Name; the short name when left out
    #[arg(long)]
    name: Option<String>,
    /// free, team, business or enterprise
    #[arg(long, default_value = "free")]
    plan: Plan,
    /// SCIM is enabled
    #[arg(long)]
    scim: bool,
    /// E-mail address of a first administrator
    #[arg(long)]
    admin: Option<String>,
}

impl WorkspaceCommand {
    /// Does what was asked.
    pub async fn run(self, app: App) -> anyhow::Result<()> {
        let change = |slug: String, change: WorkspaceChange| {
            let app = app.clone();
            async move {
                print(&operator::change_workspace(&app, caller(), &slug, change).await?);
                anyhow::Ok(())
            }
        };
        match self {
            Self::Create(new) => {
                let new = NewWorkspace {
                    name: new.name.unwrap_or_else(|| new.slug.clone()),
                    slug: new.slug,
                    plan: new.plan,
                    scim_enabled: new.scim,
                    admin: new.admin,
                };
                print(&operator::create_workspace(&app, caller(), new).await?);
                Ok(())
            }
            Self::Show { slug } => {
                print(&operator::workspace(&app, caller(), &slug).await?);
                Ok(())
            }
            Self::List => list(&app).await,
            Self::SetPlan { slug, plan, managed_people } => {
                change(slug, WorkspaceChange { plan: Some(plan), managed_people, ..Default::default() }).await
            }
            Self::DisableSaml { slug, managed_people } => {
                change(slug, WorkspaceChange { disable_saml: true, managed_people, ..Default::default() }).await
            }
            Self::EnableScim { slug } => change(slug, WorkspaceChange { scim_enabled: Some(true), ..Default::default() }).await,
            Self::DisableScim { slug, managed_people } => {
                change(slug, WorkspaceChange { scim_enabled: Some(false), managed_people, ..Default::default() }).await
            }
            Self::SetDefaultRole { slug, role } => {
                change(slug, WorkspaceChange { default_role: Some(role), ..Default::default() }).await
            }
            Self::SetSeats { slug, seats } => change(slug, WorkspaceChange { seats: Some(seats), ..Default::default() }).await,
            Self::SetUpLink { slug, name, days } => {
                let Some(origin) = app.config.public_url.clone() else {
                    anyhow::bail!(
                        "nobody could follow a link: set ROLLCALL_PUBLIC_URL, the address under which this installation is reached"
                    );
                };
                let made = set_up::make_link_as_operator(&app, caller(), &slug, NewLink { name, days: Some(days) }).await?;
                println!("{}", rollcall::http::set_up_address(&origin, made.secret.expose_secret()));
                Ok(())
            }
            Self::Reconcile { slug } => {
                let workspace = operator::workspace(&app, caller(), &slug).await?;
                sweep::start_one(&app, caller(), workspace.id).await?;
                println!("begun: the worker carries it out");
                Ok(())
            }
        }
    }
}

fn print(workspace: &WorkspaceRow) {
    let enabled = |on: bool| if on { "enabled" } else { "disabled" };
    println!("workspace     {} ({})", workspace.slug, workspace.name);
    println!("id            {}", workspace.id);
    println!("plan          {}", workspace.plan);
    println!("SAML          {}", enabled(workspace.saml_enabled));
    println!("SCIM          {}", enabled(workspace.scim_enabled));
    println!("default role  {}", workspace.default_role);
    println!("seats         {}", workspace.seats.map_or_else(|| "as many as are wanted".to_owned(), |seats| seats.to_string()));
    let missing = operator::gate_of(workspace);
    println!("gate          {}", if missing.is_empty() { "open" } else { "closed:" });
    for condition in missing {
        println!("              - {condition}");
    }
}

async fn list(app: &App) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = operator::workspaces(app, caller(), after, 100).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for workspace in &page {
            let gate = if operator::gate_of(workspace).is_empty() { "open" } else { "closed" };
            println!("{:<32} {:<12} gate {gate:<8} {}", workspace.slug, workspace.plan, workspace.name);
        }
    }
}

/// What is asked about tokens.
#[derive(Subcommand)]
pub enum TokenCommand {
    /// Makes a token and shows its secret, this once
    Create {
        /// Short name of the workspace
        workspace: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// scim alone, or any of members:read, sessions, admin
        #[arg(long = "scope", required = true)]
        scopes: Vec<Scope>,
        /// The member it dies with
        #[arg(long)]
        member: Option<String>,
        /// Days until it stops working by itself; 365, when left out
        #[arg(long)]
        days: Option<u32>,
        /// Print the secret and nothing else
        #[arg(long)]
        quiet: bool,
    },
    /// Lists tokens
    List {
        /// Short name of the workspace
        workspace: String,
    },
    /// Revokes a token: it is refused from the next request on
    Revoke {
        /// Short name of the workspace
        workspace: String,
        /// The token's id
        id: String,
    },
}

impl TokenCommand {
    /// Does what was asked.
    pub async fn run(self, app: App) -> anyhow::Result<()> {
        match self {
            Self::Create { workspace, name, scopes, member, days, quiet } => {
                let workspace = operator::workspace(&app, caller(), &workspace).await?;
                let member = member.map(|id| MemberId::parse(&id).context("--member is no member's id")).transpose()?;
                let expires_at = days.map(|days| clock::now() + TimeDelta::days(i64::from(days)));
                let new = NewToken { name, scopes, member, expires_at };
                let made = tokens::create_as_operator(&app, caller(), workspace.id, new).await?;
                if quiet {
                    println!("{}", made.secret.expose_secret());
                } else {
                    println!("token   {}", made.token.id);
                    println!("secret  {}  (shown this once)", made.secret.expose_secret());
                }
            }
            Self::List { workspace } => {
                let workspace = operator::workspace(&app, caller(), &workspace).await?;
                let time = |at: Option<DateTime<Utc>>| at.map_or_else(|| "never".to_owned(), |at| at.format("%F %R").to_string());
                for token in tokens::list_as_operator(&app, caller(), workspace.id).await? {
                    let state = if token.revoked_at.is_some() { "revoked" } else { "live" };
                    println!(
                        "{}  {}…  {state:<7}  scopes {}  expires {}  last used {}  {}",
                        token.id,
                        token.hint,
                        token.scopes.join(","),
                        time(token.expires_at),
                        time(token.last_used_at),
                        token.name
                    );
                }
            }
            Self::Revoke { workspace, id } => {
                let workspace = operator::workspace(&app, caller(), &workspace).await?;
                let id = TokenId::parse(&id).context("this is no token's id; `rollcall token list` shows them")?;
                tokens::revoke_as_operator(&app, caller(), workspace.id, id).await?;
                println!("revoked");
            }
        }
        Ok(())
    }
}

/// What is asked about the queue.
#[derive(Subcommand)]
pub enum JobCommand {
    /// Lists the newest jobs
    List {
        /// Only the dead ones
        #[arg(long)]
        dead: bool,
    },
    /// Runs a dead job again
    Retry {
        /// The job's id
        id: String,
    },
}

impl JobCommand {
    /// Does what was asked.
    pub async fn run(self, app: App) -> anyhow::Result<()> {
        match self {
            Self::List { dead } => {
                for job in queue::list(&app, caller(), dead.then_some(JobState::Dead), 100, None).await? {
                    let error = job.error.unwrap_or_default();
                    println!(
                        "{}  {:<12} {:<9} {}/{} runs  {error}",
                        job.id,
                        job.queue,
                        job.state.as_str(),
                        job.attempts,
                        job.max_attempts
                    );
                }
            }
            Self::Retry { id } => {
                queue::retry(&app, caller(), &id).await?;
                println!("waiting again");
            }
        }
        Ok(())
    }
}
