//! The `timeouts` block: how long a read may take.

use crate::resolve::duration;
use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, NestedBlock};
use std::time::Duration;

/// The block of the schema.
pub fn block() -> NestedBlock {
    let read = Attribute::string("read").optional().describe(
        "How long a read may take, waiting included, as a duration like `30s`, `10m` or `1h30m`. Defaults to `10m`.",
    );
    NestedBlock::single("timeouts", vec![read])
}

/// `timeouts.read`.
pub fn read(fields: &mut Fields) -> Arg<Duration> {
    match fields.nested("timeouts") {
        Arg::Known(mut block) => {
            let read = block.parse("read", duration::parse);
            fields.absorb(block);
            read
        }
        Arg::Null => Arg::Null,
        Arg::Unknown => Arg::Unknown,
    }
}
