//! Runs a program on a pseudo-terminal of a given size, as a person would.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Runs the command on a terminal of this many columns and types `input`. Returns the exit code and everything that
/// the terminal got, with `\n` at the end of a line.
pub(crate) fn on_terminal(command: &mut Command, columns: u16, input: &str) -> (i32, String) {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&controller, size).unwrap();
    let name = ptsname(&controller, Vec::new()).unwrap();
    let open = || {
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        Stdio::from(File::from(rustix::fs::open(&name, flags, Mode::empty()).unwrap()))
    };
    let mut child = command.stdin(open()).stdout(open()).stderr(open()).spawn().unwrap();
    // the ends that this process holds would keep the terminal open
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut controller = File::from(controller);
    controller.write_all(input.as_bytes()).unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    // Linux answers EIO once the program has closed its end
    while let Ok(read @ 1..) = controller.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..read]);
    }
    let code = child.wait().unwrap().code().unwrap();
    (code, String::from_utf8(seen).unwrap().replace("\r\n", "\n"))
}
