//! Whether a program for Linux needs nothing of the system it is started on.

use anyhow::{Context, Result, bail};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{Endianness, elf};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// By which the plugin knows a host.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// What Terraform waits for a handshake.
const PATIENCE: Duration = Duration::from_secs(60);

/// That no other program has to load this one.
///
/// # Errors
/// If one has to, by its name, or it is no ELF file of 64 bits.
pub fn needs_no_interpreter(program: &Path) -> Result<()> {
    let content = std::fs::read(program).with_context(|| format!("{} cannot be read", program.display()))?;
    let header = elf::FileHeader64::<Endianness>::parse(&*content).context("not an ELF file of 64 bits")?;
    let endian = header.endian()?;
    for segment in header.program_headers(endian, &*content)? {
        if let Some(interpreter) = segment.interpreter(endian, &*content)? {
            bail!("{} is not static: it wants {}", program.display(), String::from_utf8_lossy(interpreter));
        }
    }
    Ok(())
}

/// Ends the program, whatever happens.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the plugin where there is nothing but itself, as a host does; gives its handshake line.
///
/// # Errors
/// If it does not start or says something else, or nobody may change the root here.
pub fn handshake_in_an_empty_root(plugin: &Path) -> Result<String> {
    let root = tempfile::tempdir()?;
    std::fs::copy(plugin, root.path().join("plugin"))?;
    let mut host = Command::new("unshare");
    // Where a user may not change the root, one that is root in a namespace of its own may.
    host.args(["--map-root-user", "--root"]).arg(root.path()).arg("/plugin").env_clear();
    host.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env(COOKIE.0, COOKIE.1);
    host.env("PLUGIN_PROTOCOL_VERSIONS", "6,5").env("PLUGIN_UNIX_SOCKET_DIR", "/");
    host.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut started = Started(host.spawn().context("unshare (util-linux) does not start")?);
    let stdout = started.0.stdout.take().context("no stdout")?;
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(stdout).read_line(&mut line);
        let _ = sender.send(line);
    });
    let line = lines.recv_timeout(PATIENCE).context("the plugin says nothing")?;
    let socket = line.strip_prefix("1|6|unix|/").and_then(|rest| rest.split('|').next());
    let socket = socket.with_context(|| format!("this is no handshake: {line:?}"))?;
    connect(&root.path().join(socket))?;
    Ok(line.trim_end().to_owned())
}

#[cfg(unix)]
fn connect(socket: &Path) -> Result<()> {
    std::os::unix::net::UnixStream::connect(socket).context("the plugin does not listen")?;
    Ok(())
}

#[cfg(not(unix))]
fn connect(_: &Path) -> Result<()> {
    bail!("only Linux has static programs")
}
