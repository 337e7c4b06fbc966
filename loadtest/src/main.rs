//! `crm-loadtest`: measures the suite under load.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand, ValueEnum};
use crm_loadtest::report::{Report, Setup, html, markdown};
use crm_loadtest::rounds::Plan;
use crm_loadtest::run::Wish;
use crm_loadtest::suite::{Database, Topology};
use crm_loadtest::{compare, floor, machine, overhead, run, target};

/// Measures the suite under load.
#[derive(Parser)]
struct Arguments {
    /// What to do instead of a run.
    #[command(subcommand)]
    command: Option<Command>,
    /// Compares two reports and tells what became slower.
    #[arg(long, num_args = 2, value_names = ["BEFORE", "AFTER"])]
    compare: Vec<PathBuf>,
    /// Measures everything that docs/performance.md tells.
    #[arg(long)]
    full: bool,
    /// The processes.
    #[arg(long, value_enum, default_value = "one-process")]
    topology: Topology,
    /// The database.
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
    /// How many accounts there are.
    #[arg(long, default_value_t = 10_000)]
    accounts: u64,
    /// What is measured.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["operations", "mixed"])]
    parts: Vec<Part>,
    /// Only these operations, by their names in the report.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The sizes that growth is measured at.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    sizes: Vec<u64>,
    /// How many rounds.
    #[arg(long, default_value_t = 4)]
    rounds: usize,
    /// How long each thing is measured in each round, in seconds.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// How many connections saturate the suite.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How many users a new database gets.
    #[arg(long, default_value_t = 500)]
    users: usize,
    /// How long people think between two requests, in seconds, on average.
    #[arg(long, default_value_t = 5.0)]
    think: f64,
    /// How long people work, in seconds.
    #[arg(long, default_value_t = 45.0)]
    shift: f64,
    /// How long each number of people is tried, in seconds.
    #[arg(long, default_value_t = 12.0)]
    trial: f64,
    /// Where databases are kept and reports are written.
    #[arg(long, default_value = "target/loadtest")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Operations and their floors, one after another.
    Operations,
    /// People at work at 70 % of saturation.
    Mixed,
    /// The most people that are answered in time.
    Capacity,
    /// Reads on databases of several sizes.
    Growth,
    /// What permission, tenancy, audit and metrics add to a get.
    Overhead,
}

#[derive(Subcommand)]
enum Command {
    /// Prints a report again.
    Report {
        /// The report.
        file: PathBuf,
        /// As tables for docs/performance.md; as HTML otherwise.
        #[arg(long)]
        markdown: bool,
    },
    /// Serves as a floor; the program starts this itself.
    #[command(hide = true)]
    Floor {
        /// The port of REST.
        http: u16,
        /// The port of gRPC.
        grpc: u16,
        /// The answer in JSON.
        json: PathBuf,
        /// The answer as a message.
        message: PathBuf,
        /// The certificate, its key and their authority.
        tls: Vec<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    match &arguments.command {
        Some(Command::Report { file, markdown }) => {
            let report = read(file)?;
            print(&if *markdown { markdown::write(&report) } else { html::write(&report) });
            return Ok(ExitCode::SUCCESS);
        }
        Some(Command::Floor { http, grpc, json, message, tls }) => {
            floor::serve(*http, *grpc, json, message, tls).await?;
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }
    if let [before, after] = &*arguments.compare {
        let (text, regressed) = compare::compare(&read(before)?, &read(after)?);
        print(&text);
        return Ok(if regressed { ExitCode::FAILURE } else { ExitCode::SUCCESS });
    }
    let report = measure(&arguments).await?;
    print(&markdown::verdicts(&report));
    let broken = report.targets.iter().any(|verdict| verdict.kept() == Some(false));
    Ok(if broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn measure(arguments: &Arguments) -> Result<Report> {
    let mut report = Report {
        time: chrono::Local::now().to_rfc3339(),
        machine: machine::Machine::this(),
        arguments: std::env::args().skip(1).collect(),
        ..Report::default()
    };
    std::fs::create_dir_all(&arguments.output)?;
    let has = |part: Part| arguments.full || arguments.parts.contains(&part);
    let wish = Wish {
        root: std::path::absolute(&arguments.output)?,
        plan: Plan {
            rounds: arguments.rounds,
            time: Duration::from_secs_f64(arguments.seconds),
            connections: arguments.connections,
        },
        only: arguments.only.clone(),
        users: arguments.users,
        think: Duration::from_secs_f64(arguments.think),
        shift: Duration::from_secs_f64(arguments.shift),
        trial: Duration::from_secs_f64(arguments.trial),
        operations: has(Part::Operations),
        mixed: has(Part::Mixed),
        capacity: has(Part::Capacity),
    };
    let file = wish.root.join(format!("{}.json", chrono::Local::now().format("%Y-%m-%dT%H%M%S")));
    if has(Part::Overhead) {
        tell("the overhead of a get");
        report.overhead = Some(overhead::measure()?);
    }
    // Building the benchmark is no part of the run.
    let begun = Instant::now();
    // First, because what was measured before takes the memory that the largest database needs.
    if has(Part::Growth) {
        let database = if arguments.full { Database::Postgres } else { arguments.database };
        let topology = if arguments.full { Topology::Services } else { arguments.topology };
        let of_size = |accounts: &u64| Setup { topology, database, accounts: *accounts };
        let sizes: Vec<Setup> = arguments.sizes.iter().map(of_size).collect();
        tell("growth");
        report.growth = Some(run::grow(&wish, &sizes).await?);
        // What is known is kept, whatever happens to the rest.
        save(&mut report, &file)?;
    }
    for (setup, wish) in setups(arguments, &wish) {
        if wish.operations || wish.mixed || wish.capacity {
            tell(&setup.name());
            report.setups.push(run::measure(&wish, &setup).await?);
            save(&mut report, &file)?;
        }
    }
    report.seconds = begun.elapsed().as_secs_f64();
    save(&mut report, &file)?;
    print(&format!("The report is {} and {}.", file.display(), file.with_extension("html").display()));
    Ok(report)
}

/// What is measured on what. A full run measures operations on little data and people on the most, both in the smallest
/// installation and in the one for Kubernetes.
fn setups(arguments: &Arguments, wish: &Wish) -> Vec<(Setup, Wish)> {
    let Arguments { topology, database, accounts, .. } = *arguments;
    if !arguments.full {
        return vec![(Setup { topology, database, accounts }, wish.clone())];
    }
    let alone = Wish { mixed: false, capacity: false, ..wish.clone() };
    let together = Wish { operations: false, ..wish.clone() };
    let largest = arguments.sizes.iter().max().copied().unwrap_or(accounts);
    let small = |accounts| Setup { topology: Topology::OneProcess, database: Database::Sqlite, accounts };
    let divided = |accounts| Setup { topology: Topology::Services, database: Database::Postgres, accounts };
    vec![
        (small(accounts), alone.clone()),
        (divided(accounts), alone),
        (divided(largest), together.clone()),
        (small(largest), together),
    ]
}

fn save(report: &mut Report, file: &Path) -> Result<()> {
    report.targets = target::judge(report);
    std::fs::write(file, serde_json::to_vec_pretty(&report)?)?;
    Ok(std::fs::write(file.with_extension("html"), html::write(report))?)
}

fn read(file: &Path) -> Result<Report> {
    let text = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no report", file.display()))
}

/// Tells what begins, also where there is no terminal for bars.
#[expect(clippy::print_stderr, reason = "somebody waits for half an hour")]
fn tell(part: &str) {
    eprintln!("{} {part}", chrono::Local::now().format("%H:%M:%S"));
}

#[expect(clippy::print_stdout, reason = "this is what the program is for")]
fn print(text: &str) {
    println!("{text}");
}
