//! `make bench`: the real function beside the naive rule, on local AWS. Prints tables; nothing depends on
//! them.
//!
//! `setupkey-bench [USERS...]`: the sizes of the account; 100, 1,000 and 5,000 unless said otherwise.

mod account;
mod cold_start;
mod comparison;
mod goals;
mod offline;
mod population;
mod prices;
mod process;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crate::cold_start::FirstHello;
use crate::comparison::{Comparison, markdown, mebibytes};
use crate::offline::Offline;
use crate::population::Population;

const SIZES: [usize; 3] = [100, 1_000, 5_000];

/// What was measured of the binary itself.
#[derive(Debug)]
pub(crate) struct Binary {
    /// Bytes of the file.
    size: u64,
    /// Process start to first poll.
    start: Duration,
    /// The same of a function that does nothing.
    empty_start: Duration,
    /// The first TLS connection.
    hello: FirstHello,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match measure().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let mut sizes = std::env::args().skip(1).map(|size| size.parse()).collect::<Result<Vec<usize>, _>>()?;
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    // the functions are built into the same folder
    let own = std::env::current_exe()?;
    let binaries = own.parent().ok_or("no folder with binaries")?;
    println!("setupkey on local AWS, {} cores", std::thread::available_parallelism()?);

    let binary = Binary::measure(binaries).await?;
    binary.print();
    Offline::measure(binaries).await?.print();
    for users in sizes {
        for population in [Population::Crowded, Population::Quiet] {
            let comparison = Comparison::measure(binaries, population, users).await?;
            comparison.print();
            goals::print(&comparison, &binary);
        }
    }
    Ok(())
}

impl Binary {
    async fn measure(binaries: &Path) -> Result<Self, Box<dyn Error>> {
        let function = binaries.join("config-rule");
        let size = fs::metadata(&function)?.len();
        let [start, empty_start] =
            cold_start::first_polls([&function, &binaries.join("empty-function")]).await?;
        let hello = cold_start::first_hello(&function).await?;
        Ok(Self { size, start, empty_start, hello })
    }

    /// How many times as long the function takes to start as one that does nothing.
    pub(crate) fn start_ratio(&self) -> f64 {
        self.start.as_secs_f64() / self.empty_start.as_secs_f64()
    }

    fn print(&self) {
        let millis = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
        let mut table = markdown();
        table.set_header([format!("the function, least of {} starts", cold_start::STARTS), String::new()]);
        table.add_row(["process start to first poll", &millis(self.start)]);
        table.add_row(["the same of an empty function", &millis(self.empty_start)]);
        table.add_row(["ratio", &format!("{:.2}", self.start_ratio())]);
        table.add_row(["event handed over to first ClientHello", &millis(self.hello.after_event)]);
        table.add_row(["TCP connection to first ClientHello", &millis(self.hello.after_connect)]);
        table.add_row(["size of the binary, MiB", &mebibytes(self.size)]);
        println!("\n{table}");
    }
}
