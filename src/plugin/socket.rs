//! An accepted connection, whatever carries it.

use tokio::io::{AsyncRead, AsyncWrite};

/// An accepted connection of either kind.
pub trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}
