//! A folder with a configuration, and the commands to run in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What a command printed and how it ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output, without colours.
    pub stdout: String,
    /// Standard error, without colours.
    pub stderr: String,
}

impl Output {
    /// Everything that was printed, with the frames and line breaks that terraform puts around messages taken out, so
    /// that a test can look for whole sentences.
    pub fn text(&self) -> String {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        let lines = all.lines().map(|line| line.trim_start_matches(['│', '╷', '╵', ' ']).trim_end());
        lines.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The output, if the command succeeded.
    ///
    /// # Panics
    /// With everything it printed, if it did not.
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code, Some(0), "the command failed:\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

/// What a host says it is: `Terraform v1.11.4`, `OpenTofu v1.12.6`. Other lines may stand before that, about its configuration.
///
/// # Panics
/// If it cannot be started.
pub fn host_version(binary: &Path) -> String {
    let output = Command::new(binary).arg("version").output().expect("terraform starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let named = |line: &&str| line.starts_with("Terraform v") || line.starts_with("OpenTofu v");
    text.lines().find(named).unwrap_or_default().to_owned()
}

/// A folder of its own with its own HOME, in which terraform finds nothing but what was put there.
#[derive(Debug)]
pub struct Workspace {
    binary: PathBuf,
    home: PathBuf,
    dir: PathBuf,
    env: BTreeMap<String, String>,
    with_real_aws: bool,
}

impl Workspace {
    /// A workspace in `dir`, with plugins from `home/.terraform.d/plugins`.
    ///
    /// # Panics
    /// If the folders cannot be made.
    pub fn new(binary: &Path, home: &Path, dir: &Path) -> Self {
        std::fs::create_dir_all(dir).expect("the folder can be made");
        let cli_config = home.join("terraform.rc");
        std::fs::create_dir_all(home).expect("the folder can be made");
        std::fs::write(&cli_config, "").expect("the file can be written");
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let env = BTreeMap::from([
            ("HOME".to_owned(), text(home)),
            ("PATH".to_owned(), std::env::var("PATH").unwrap_or_default()),
            ("TF_CLI_CONFIG_FILE".to_owned(), text(&cli_config)),
            ("CHECKPOINT_DISABLE".to_owned(), "1".to_owned()),
            ("TF_IN_AUTOMATION".to_owned(), "1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), "AKIDEXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "wJalrXUtnFEMI-EXAMPLEKEY".to_owned()),
        ]);
        Self { binary: binary.to_owned(), home: home.to_owned(), dir: dir.to_owned(), env, with_real_aws: false }
    }

    /// Takes these providers from these folders, so that no `init` is needed.
    ///
    /// # Panics
    /// If the CLI configuration cannot be written.
    pub fn override_providers(&self, providers: &[(&str, &Path)]) -> &Self {
        let line = |(source, folder): &(&str, &Path)| format!("    {source:?} = {:?}\n", folder.display().to_string());
        let lines: String = providers.iter().map(line).collect();
        let text = format!("provider_installation {{\n  dev_overrides {{\n{lines}  }}\n  direct {{}}\n}}\n");
        std::fs::write(self.home.join("terraform.rc"), text).expect("the file can be written");
        self
    }

    /// Lets [`Workspace::run`] use the real hashicorp/aws.
    pub(crate) fn take_real_aws(&mut self) {
        self.with_real_aws = true;
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The HOME of the commands.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Sets an environment variable for all commands; an empty value removes it.
    pub fn env(&mut self, name: &str, value: &str) -> &mut Self {
        if value.is_empty() {
            self.env.remove(name);
        } else {
            self.env.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    /// Writes a file of the configuration.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> &Self {
        std::fs::write(self.dir.join(name), text).expect("the file can be written");
        self
    }

    /// Runs `terraform ARGUMENTS` without colours and without input.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        let aws = self.with_real_aws.then(|| crate::real_aws::idle().unwrap_or_else(|error| panic!("{error}")));
        if let Some(aws) = &aws {
            command.env("TF_REATTACH_PROVIDERS", aws.reattach()).env("GOGC", crate::real_aws::GOGC);
        }
        let output = command.stdin(Stdio::null()).output().expect("terraform starts");
        Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts `terraform ARGUMENTS` with piped output, in a process group of its own, as a shell does.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().expect("terraform starts")
    }

    /// The command, to be run in any way.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(&self.dir).env_clear().envs(&self.env);
        if matches!(arguments.first(), Some(&("plan" | "apply" | "validate" | "init" | "destroy" | "test" | "refresh")))
        {
            command.arg("-no-color");
        }
        command
    }
}
