//! Nothing secret gets out: not into the state, not into what terraform prints, not into a log.

use crate::provider::stage;
use crate::proxy::Proxy;
use crate::stage::Stage;
use fake_aws::Fault;

const SECRETS: [&str; 7] = [
    "planted-secret-key",
    "planted-token",
    "planted.web.token",
    "planted-external-id",
    "planted-password",
    // What fake-aws gives for the roles.
    "secret-of-deploy",
    "token-of-deploy",
];

/// A workspace whose provider block has every secret that it can have, behind variables, so that terraform itself does
/// not quote them.
fn write(stage: &Stage, first: &str, proxy: &Proxy) {
    let url = stage.fake.endpoint().replace("127.0.0.1", "aws.shop.test");
    stage.workspace.write(
        "main.tf",
        &format!(
            "terraform {{
              required_providers {{
                ecslive = {{ source = \"ecslive/ecslive\" }}
              }}
            }}
            variable \"secrets\" {{
              type      = map(string)
              sensitive = true
            }}
            provider \"ecslive\" {{
              region = \"eu-west-1\"
              {first}
              assume_role {{
                role_arn    = \"arn:aws:iam::222222222222:role/deploy\"
                external_id = var.secrets.external_id
              }}
              http_proxy = \"http://jane:${{var.secrets.password}}@{}\"
              endpoints {{
                ecs = {url:?}
                sts = {url:?}
              }}
            }}
            data \"ecslive_task_definition\" \"it\" {{
              family = \"web\"
            }}
            output \"it\" {{
              value = data.ecslive_task_definition.it.arn
            }}
            ",
            proxy.address()
        ),
    );
    stage.workspace.write(
        "terraform.tfvars",
        "secrets = {
          secret_key  = \"planted-secret-key\"
          token       = \"planted-token\"
          web_token   = \"planted.web.token\"
          external_id = \"planted-external-id\"
          password    = \"planted-password\"
        }",
    );
}

/// All that terraform prints and writes for these commands.
fn everything(stage: &Stage, commands: &[&[&str]]) -> String {
    let mut all = String::new();
    for command in commands {
        let output = stage.workspace.run(command);
        all += &format!("$ {command:?}\n{}\n{}\n", output.stdout, output.stderr);
    }
    for file in ["terraform.tfstate", "trace.log"] {
        all += &std::fs::read_to_string(stage.workspace.dir().join(file)).unwrap_or_default();
    }
    all
}

#[test]
fn no_secret_of_the_provider_block_gets_out() {
    let mut stage = stage();
    let address = stage.fake.endpoint().trim_start_matches("http://").parse().expect("an address");
    let proxy = Proxy::to(Some(address));
    stage.workspace.env("TF_LOG", "trace");
    let log = stage.workspace.dir().join("trace.log").display().to_string();
    stage.workspace.env("TF_LOG_PATH", &log);
    let keys = "access_key = \"AKIDBLOCK\"\nsecret_key = var.secrets.secret_key\ntoken = var.secrets.token";
    let web = "assume_role_with_web_identity {\nrole_arn = \"arn:aws:iam::111111111111:role/ci\"\nweb_identity_token = \
               var.secrets.web_token\n}";
    let commands: [&[&str]; 3] = [&["plan"], &["apply", "-auto-approve"], &["show", "-json"]];
    for first in [keys, web] {
        write(&stage, first, &proxy);
        let all = everything(&stage, &commands);
        assert!(all.contains("task-definition/web:1"), "{all}");
        assert!(all.contains("provider.terraform-provider-ecslive: "), "no log: {all}");
        check(&all);
        for (operation, fault) in [
            ("sts:AssumeRole", Fault::AccessDenied),
            ("sts:AssumeRole", Fault::Html),
            ("sts:AssumeRoleWithWebIdentity", Fault::ExpiredToken),
            ("ecs:DescribeTaskDefinition", Fault::Truncate),
            ("ecs:DescribeTaskDefinition", Fault::AccessDenied),
        ] {
            stage.fake.fail_always(operation, fault);
            check(&everything(&stage, &[&["plan"]]));
            stage.fake.reset();
        }
    }
    // The secrets were really used.
    write(&stage, keys, &proxy);
    stage.workspace.run(&["plan"]).success();
    let calls = stage.fake.calls();
    assert_eq!(calls[0].token.as_deref(), Some("planted-token"));
    assert_eq!(calls[0].input["ExternalId"], "planted-external-id");
    // jane:planted-password
    assert_eq!(proxy.take()[0].authorization.as_deref(), Some("Basic amFuZTpwbGFudGVkLXBhc3N3b3Jk"));
}

#[track_caller]
fn check(all: &str) {
    for secret in SECRETS {
        let line = all.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} got out");
    }
}
