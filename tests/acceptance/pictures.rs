//! `pictures/demo.svg`: what `make demo` prints in a terminal. `make pictures` draws it anew.

use crate::stage::binaries;
use anstyle_svg::Term;
use harness::root;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a program prints in a terminal.
fn in_a_terminal(program: &Path, arguments: &[&str]) -> String {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&controller).and_then(|()| unlockpt(&controller)).expect("a terminal");
    let name = ptsname(&controller, Vec::new()).expect("its name");
    let name = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let terminal = || OpenOptions::new().read(true).write(true).open(name).expect("the terminal");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::from(terminal()))
        .stderr(Stdio::from(terminal()))
        .env_remove("NO_COLOR")
        .spawn()
        .expect("it starts");
    let mut screen = Vec::new();
    // When the last program has closed a terminal, reading it is an error on Linux, and the end elsewhere.
    let _ = File::from(controller).read_to_end(&mut screen);
    let printed = String::from_utf8_lossy(&screen).replace("\r\n", "\n");
    assert!(child.wait().expect("it ends").success(), "{printed}");
    printed
}

/// The colours of old terminals, and colours that can be read on a page.
const COLOURS: [(&str, &str); 5] = [
    ("#AAAAAA", "#e6edf3"),
    ("#000000", "#0d1117"),
    ("#0000AA", "#4493f8"),
    ("#00AA00", "#3fb950"),
    ("#AA0000", "#f85149"),
];

fn drawn(story: &str) -> String {
    let svg = Term::new().render_svg(story);
    COLOURS.iter().fold(svg, |svg, (old, new)| svg.replace(old, new))
}

fn picture() -> PathBuf {
    root().join("pictures/demo.svg")
}

#[test]
fn the_picture_shows_what_the_demo_prints() {
    if std::env::var("ECSLIVE_PICTURES").as_deref() == Ok("write") {
        let printed = in_a_terminal(&binaries().join("demo"), &[]);
        // What to try next is for whoever has the folder.
        let story = printed.split("\nWhat to try next").next().unwrap_or_default().trim();
        assert!(story.contains("\u{1b}["), "no colours: {story}");
        std::fs::write(picture(), drawn(story)).expect("the picture");
    }
    let svg = std::fs::read_to_string(picture()).expect("run `make pictures`");
    for text in ["without ecslive", "with ecslive", "terraform plan", "+ then: blue", "No changes.", "exit code 2"] {
        assert!(svg.contains(text), "the picture does not show {text:?}: run `make pictures`");
    }
}

#[test]
fn the_dark_picture_is_the_light_one_in_other_colours() {
    let body = |name: &str| {
        let svg = std::fs::read_to_string(root().join("pictures").join(name)).expect("an SVG");
        svg.split("</style>").nth(1).expect("a body").to_owned()
    };
    assert_eq!(body("before-after.svg"), body("before-after-dark.svg"));
}

#[test]
fn every_picture_is_small_and_loads_nothing() {
    for entry in std::fs::read_dir(root().join("pictures")).expect("the pictures") {
        let path = entry.expect("an entry").path();
        let svg = std::fs::read_to_string(&path).expect("an SVG");
        assert!(svg.trim_start().starts_with("<svg") && svg.len() < 60_000, "{}: {}", path.display(), svg.len());
        for strange in ["<script", "href=", "@import", "url(http"] {
            assert!(!svg.contains(strange), "{}: {strange}", path.display());
        }
    }
}
