//! `make bench`: the real function beside the naive rule, and an audit of an organization, on local AWS. Prints
//! tables; nothing depends on them.
//!
//! `setupkey-bench [USERS...]`: the sizes of the account; 100, 1,000 and 5,000 unless said otherwise.

mod account;
mod comparison;
mod goals;
mod organization;
mod population;
mod process;
mod start;
mod table;

use std::error::Error;
use std::process::ExitCode;

use crate::comparison::Comparison;
use crate::organization::Organization;
use crate::population::Population;
use crate::start::Start;

const SIZES: [usize; 3] = [100, 1_000, 5_000];

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

    let start = Start::measure(binaries).await?;
    start.print();
    let organization = Organization::measure(binaries).await?;
    organization.print();
    goals::print_organization(&organization);
    for users in sizes {
        for population in Population::ALL {
            let comparison = Comparison::measure(binaries, population, users).await?;
            comparison.print();
            goals::print(&comparison, &start);
        }
    }
    Ok(())
}
