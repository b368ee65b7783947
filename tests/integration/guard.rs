//! Plan checks from outside: documents in, findings out.

#[path = "guard/corpus.rs"]
mod corpus;
#[path = "guard/documents.rs"]
mod documents;
#[path = "guard/formats.rs"]
mod formats;
#[path = "guard/moments.rs"]
mod moments;
#[path = "guard/page.rs"]
pub mod page;
#[path = "guard/robust.rs"]
mod robust;
#[path = "guard/sarif.rs"]
mod sarif;
#[path = "guard/states.rs"]
mod states;
#[path = "guard/suppressions.rs"]
mod suppressions;
#[path = "guard/world.rs"]
mod world;
