//! The targets of `make fuzz` on stable Rust: every input of the corpus, among them all that ever failed, and changes of
//! them that are the same in every run.

#[path = "../../fuzz/targets.rs"]
mod targets;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use targets::{NEXT, QUESTIONS, TARGETS};

/// Changed inputs of each target, for the time that is left to a test.
const CHANGED: usize = 4_000;
/// What asks over a socket takes longer.
const CHANGED_ANSWERS: usize = 1_500;
/// Nothing of this size may take longer.
const SLOW: Duration = Duration::from_secs(5);

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// The corpus of a target, by file name.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(folder(target)).into_iter().flatten().flatten();
    let files = files.map(|file| (file.file_name().to_string_lossy().into_owned(), file.path()));
    files.map(|(name, path)| (name, std::fs::read(path).expect("a file"))).collect()
}

fn run(target: fn(&[u8]), name: &str, input: &[u8]) -> Result<(), String> {
    let start = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| target(input)));
    let why = match ended {
        Err(_) => "panics",
        Ok(()) if start.elapsed() > SLOW => "takes too long",
        Ok(()) => return Ok(()),
    };
    let kept = std::env::temp_dir().join(format!("ecslive-fuzz-{}", name.replace(['/', ' '], "-")));
    std::fs::write(&kept, input).expect("a file");
    Err(format!("{name} {why}: {}", kept.display()))
}

/// xorshift64*: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let rolled = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(rolled).expect("32 bits") % sides.max(1)
    }

    fn part<'a>(&mut self, of: &'a [u8]) -> &'a [u8] {
        let start = self.roll(of.len() + 1);
        &of[start..start + self.roll((of.len() - start).min(64) + 1)]
    }
}

/// What parsers trip over.
const TOKENS: [&[u8]; 22] = [
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\"\"",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"0.1",
    b"\"",
    b"\\u0000",
    b"\xff",
    b"\xc1",
    b"\xd4\x00\x00",
    b"\xdf\xff\xff\xff\xff",
    b"arn:aws:",
    b":",
    b"/",
    b"${",
    b"<<EOF\n",
    b"</member>",
    b"\xf0\x9f\x9a\x80",
];

fn change(dice: &mut Dice, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut changed = input.to_vec();
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(changed.len() + 1);
        match dice.roll(6) {
            0 if at < changed.len() => changed[at] ^= 1 << dice.roll(8),
            1 => {
                let end = at + dice.roll((changed.len() - at).min(64) + 1);
                changed.drain(at..end);
            }
            2 => {
                let token = TOKENS[dice.roll(TOKENS.len())];
                changed.splice(at..at, token.iter().copied());
            }
            3 => {
                let part = dice.part(&changed.clone()).to_vec();
                changed.splice(at..at, part);
            }
            4 => {
                let part = dice.part(other).to_vec();
                changed.splice(at..at, part);
            }
            _ => changed.truncate(at.max(changed.len() / 2)),
        }
    }
    changed
}

#[test]
fn every_input_of_the_corpus_is_read_or_refused() {
    let mut failed = Vec::new();
    for (target, run_it) in TARGETS {
        let corpus = corpus(target);
        assert!(!corpus.is_empty(), "{target} has no corpus");
        failed.extend(corpus.iter().filter_map(|(file, input)| run(run_it, &format!("{target}/{file}"), input).err()));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn inputs_that_are_changed_a_little_are_read_or_refused() {
    let failed: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            TARGETS.into_iter().map(|(target, run_it)| scope.spawn(move || changed(target, run_it))).collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker").err()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn changed(target: &str, run_it: fn(&[u8])) -> Result<(), String> {
    let corpus: Vec<Vec<u8>> = corpus(target).into_values().collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let times = if target == "answers" { CHANGED_ANSWERS } else { CHANGED };
    for index in 0..times {
        let (input, other) = (dice.roll(corpus.len()), dice.roll(corpus.len()));
        let input = change(&mut dice, &corpus[input], &corpus[other]);
        run(run_it, &format!("{target} change {index}"), &input)?;
    }
    Ok(())
}

/// `ECSLIVE_CORPUS=write` writes what AWS answers to every question in every state.
#[test]
fn the_corpus_has_an_answer_to_every_question() {
    let mut questions: Vec<u8> =
        corpus("answers").values().filter_map(|input| Some(input.first()? % QUESTIONS)).collect();
    if std::env::var_os("ECSLIVE_CORPUS").is_some_and(|wish| wish == "write") {
        for (name, input) in super::fault_matrix::recorded(NEXT) {
            std::fs::create_dir_all(folder("answers")).expect("a folder");
            std::fs::write(folder("answers").join(name), input).expect("a file");
        }
        return;
    }
    questions.sort_unstable();
    questions.dedup();
    assert_eq!(questions, Vec::from_iter(0..QUESTIONS));
}
