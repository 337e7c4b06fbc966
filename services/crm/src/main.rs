//! The executable: any set of services, and the commands of their operators.

mod audit;
mod demo;
mod keys;
mod process;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use crm_kit::config::Settings;

/// Every setting, its default and its meaning.
const DEFAULTS: &str = include_str!("../default.toml");

/// A customer relationship management suite: one binary, any set of services.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// A TOML file that overrides the defaults; the environment overrides both (CRM__SECTION__KEY).
    #[arg(long, global = true, env = "CRM_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves until it is told to stop: everything, or the services that are named.
    Serve {
        /// Which of identity, customers, sales and gateway run in this process; all unless given.
        #[arg(long, value_delimiter = ',')]
        services: Vec<String>,
    },
    /// Applies pending schema changes to the databases of the services.
    Migrate,
    /// Prints the OpenAPI document of the REST API.
    Openapi,
    /// Prints the settings in force, secrets masked.
    Config,
    /// Fills the organization with a believable company.
    Demo {
        /// How many accounts.
        #[arg(long, default_value_t = 2000)]
        count: usize,
    },
    /// Asks this machine's process whether it is ready; the exit code answers.
    Healthcheck,
    /// What the audit log says about itself.
    #[command(subcommand)]
    Audit(Audit),
    /// The keys of encrypted fields.
    #[command(subcommand)]
    Keys(Keys),
    /// The organizations of this installation.
    #[command(subcommand)]
    Organization(Organization),
}

#[derive(Subcommand)]
enum Organization {
    /// Creates another organization, apart from all others, and its administrator.
    Create {
        /// The organization's name.
        #[arg(long)]
        name: String,
        /// The e-mail address by which its administrator signs in.
        #[arg(long)]
        email: String,
    },
}

#[derive(Subcommand)]
enum Audit {
    /// Proves that no entry of any log was altered or removed, and names those that were.
    Verify,
}

#[derive(Subcommand)]
enum Keys {
    /// Wraps every data key with the current master key.
    Rotate {
        /// Also gives every organization a new data key and seals its fields again.
        #[arg(long)]
        data: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // Here nothing else has told the operator.
            #[expect(clippy::print_stderr, reason = "the operator reads the terminal")]
            {
                eprintln!("crm: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    crm_kit::tls::install_provider();
    if matches!(arguments.command, Command::Openapi) {
        print(&serde_json::to_string_pretty(&crm_gateway::openapi::document())?);
        return Ok(ExitCode::SUCCESS);
    }
    let settings = Settings::load(DEFAULTS, arguments.config.as_deref())?;
    match arguments.command {
        Command::Openapi => {}
        Command::Config => print(settings.masked()?.trim_end()),
        Command::Serve { services } => return serve::serve(settings, &services).await,
        Command::Migrate => process::migrate(settings).await?,
        Command::Demo { count } => demo::demo(settings, count).await?,
        Command::Healthcheck => healthcheck(&settings).await?,
        Command::Audit(Audit::Verify) => return audit::verify(settings).await,
        Command::Keys(Keys::Rotate { data }) => keys::rotate(settings, data).await?,
        Command::Organization(Organization::Create { name, email }) => {
            process::create_organization(settings, &name, &email).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the admin port of the process on this machine.
async fn healthcheck(settings: &Settings) -> Result<()> {
    let url = format!("http://127.0.0.1:{}/readyz", settings.server.admin_address.port());
    let answer = reqwest::get(&url).await.with_context(|| format!("{url} does not answer"))?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    if !status.is_success() {
        bail!("{url} answers {status}: {text}");
    }
    print(&text);
    Ok(())
}

/// Prints what the operator asked for.
#[expect(clippy::print_stdout, reason = "the answer of a command belongs on its standard output")]
fn print(text: &str) {
    println!("{text}");
}
