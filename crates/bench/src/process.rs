//! What Linux tells of a process in `/proc/PID` (man page proc_pid).

use std::fs;
use std::io;
use std::time::Duration;

/// Ticks a second: USER_HZ, 100 on every architecture that Lambda has (man page time.7).
const TICKS: u64 = 100;

/// The most memory that the process ever held, in bytes (`VmHWM` of `status`).
pub(crate) fn peak_memory(id: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map(|kibibytes| kibibytes * 1024)
        .ok_or_else(|| io::Error::other("no VmHWM in the status of the process"))
}

/// The processor time that the process took so far, in user and in system mode (`utime` and `stime` of
/// `stat`).
pub(crate) fn cpu_time(id: u32) -> io::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // the name, in parentheses, may hold anything; utime is the twelfth field after it
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields).unwrap_or_default();
    let ticks: Vec<u64> =
        fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    match ticks.as_slice() {
        [user, system] => Ok(Duration::from_millis((user + system) * 1000 / TICKS)),
        _ => Err(io::Error::other("no utime and stime in the stat of the process")),
    }
}
