//! What Linux shows of a process in `/proc/PID` (man page proc_pid).

use std::fs;
use std::io;

/// The most memory that the process ever held, in bytes (`VmHWM` of `status`).
pub(crate) fn peak_memory(id: u32) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map(|kibibytes| kibibytes * 1024)
        .ok_or_else(|| io::Error::other("no VmHWM in the status of the process"))
}
