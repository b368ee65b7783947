//! A socket file that only its owner can reach.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use tempfile::TempDir;
use tokio::net::UnixListener;

use super::socket::Socket;

/// A listening socket, and the directory that goes when it goes.
#[derive(Debug)]
pub struct UnixSocket {
    listener: UnixListener,
    path: String,
    directory: TempDir,
}

impl UnixSocket {
    /// Fails where the path would be too long for a socket address or would not survive the handshake line.
    pub fn bind(parent: &Path) -> io::Result<Self> {
        let private = Permissions::from_mode(0o700);
        let directory = tempfile::Builder::new().prefix("plugin-").permissions(private).tempdir_in(parent)?;
        let path = directory.path().join("socket");
        let text = path.to_str().filter(|path| !path.contains(['|', '\'']) && !path.contains(char::is_control));
        let path = text.ok_or_else(|| io::Error::other("the path holds characters that hosts misread"))?.to_owned();
        let listener = UnixListener::bind(&path)?;
        Ok(Self { listener, path, directory })
    }

    /// Opens the socket to a group, and of the directory only the way through.
    pub fn admit(&self, group: &str) -> io::Result<()> {
        let id = group_id(group)?;
        for (path, mode) in [(self.directory.path(), 0o710), (self.path.as_ref(), 0o660)] {
            chown(path, None, Some(id))?;
            fs::set_permissions(path, Permissions::from_mode(mode))?;
        }
        Ok(())
    }

    /// Absolute, if the directory was.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The next connection; safe to cancel.
    pub async fn accept(&self) -> io::Result<Box<dyn Socket>> {
        let (stream, _) = self.listener.accept().await?;
        Ok(Box::new(stream))
    }
}

/// By number, or by name in `/etc/group`.
fn group_id(group: &str) -> io::Result<u32> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let known = fs::read_to_string("/etc/group")?;
    let mut entries = known.lines().map(|line| line.split(':'));
    let found = entries.find_map(|mut entry| (entry.next() == Some(group)).then(|| entry.nth(1)).flatten());
    found.and_then(|id| id.parse().ok()).ok_or_else(|| io::Error::other("/etc/group has no such group"))
}
