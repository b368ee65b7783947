//! Archives whose bytes depend on their contents alone: entries sorted by name, one time for all, fixed modes.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use time::{OffsetDateTime, PrimitiveDateTime};

/// What goes into an archive, by name.
pub type Entries = BTreeMap<String, Entry>;

/// One file of an archive.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its bytes.
    pub content: Vec<u8>,
    /// Whether it can be run.
    pub program: bool,
}

impl Entry {
    /// A program.
    pub fn program(content: Vec<u8>) -> Self {
        Self { content, program: true }
    }

    /// A text.
    pub fn text(content: impl Into<Vec<u8>>) -> Self {
        Self { content: content.into(), program: false }
    }

    fn mode(&self) -> u32 {
        if self.program { 0o755 } else { 0o644 }
    }
}

/// A zip; `epoch` is the time of all entries, in seconds since 1970.
///
/// # Errors
/// If the time is before 1980, which a zip cannot hold.
pub fn zip(entries: &Entries, epoch: i64) -> Result<Vec<u8>> {
    let time = OffsetDateTime::from_unix_timestamp(epoch)?;
    let time = zip::DateTime::try_from(PrimitiveDateTime::new(time.date(), time.time()))
        .context("a zip holds times from 1980 to 2107")?;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, entry) in entries {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(time)
            .unix_permissions(entry.mode());
        writer.start_file(name.as_str(), options)?;
        writer.write_all(&entry.content)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// A gzipped tar, owned by nobody in particular; `epoch` is the time of all entries, in seconds since 1970.
///
/// # Errors
/// If an entry cannot be written, such as for the length of its name.
pub fn tar_gz(entries: &Entries, epoch: i64) -> Result<Vec<u8>> {
    // The gzip header has neither a time nor a name.
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best()));
    for (name, entry) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(entry.mode());
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(u64::try_from(epoch)?);
        header.set_size(u64::try_from(entry.content.len())?);
        builder.append_data(&mut header, name, entry.content.as_slice())?;
    }
    Ok(builder.into_inner()?.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Entries {
        let text = |name: &str| (name.to_owned(), Entry::text(name));
        Entries::from([text("b"), ("c".to_owned(), Entry::program(vec![7; 70_000])), text("a")])
    }

    #[test]
    fn a_zip_is_sorted_and_has_one_time_for_all() {
        let bytes = zip(&entries(), 1_700_000_000).unwrap();
        assert_eq!(bytes, zip(&entries(), 1_700_000_000).unwrap());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut seen = Vec::new();
        for index in 0..archive.len() {
            let entry = archive.by_index(index).unwrap();
            let time = entry.last_modified().unwrap().to_string();
            seen.push(format!("{} {:o} {time}", entry.name().unwrap(), entry.unix_mode().unwrap() & 0o777));
        }
        assert_eq!(seen, ["a 644 2023-11-14 22:13:20", "b 644 2023-11-14 22:13:20", "c 755 2023-11-14 22:13:20"]);
    }

    #[test]
    fn a_tar_is_sorted_and_belongs_to_nobody() {
        let bytes = tar_gz(&entries(), 1_700_000_000).unwrap();
        assert_eq!(bytes, tar_gz(&entries(), 1_700_000_000).unwrap());
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let mut seen = Vec::new();
        for entry in archive.entries().unwrap() {
            let entry = entry.unwrap();
            let header = entry.header();
            let (mode, time, owner) = (header.mode().unwrap(), header.mtime().unwrap(), header.uid().unwrap());
            seen.push(format!("{} {mode:o} {time} {owner}", entry.path().unwrap().display()));
        }
        assert_eq!(seen, ["a 644 1700000000 0", "b 644 1700000000 0", "c 755 1700000000 0"]);
    }

    #[test]
    fn a_time_that_a_zip_cannot_hold_is_said_so() {
        assert_eq!(zip(&entries(), 0).unwrap_err().to_string(), "a zip holds times from 1980 to 2107");
    }
}
