//! What a copied `provider "aws"` block says that has no meaning here.
//!
//! Terraform refuses every argument that a schema does not have with an error of its own, before the provider is asked. So
//! the names are known: the block works as it was copied, and one warning lists what can be deleted.

use crate::tf::config::{Arg, Fields};
use crate::tf::schema::{Attribute, NestedBlock};
use crate::tf::{Diagnostic, Diagnostics, Path, Type, Value};

/// Arguments and blocks without effect.
pub const WITHOUT_EFFECT: [&str; 9] = [
    "default_tags",
    "ignore_tags",
    "s3_us_east_1_regional_endpoint",
    "s3_use_path_style",
    "skip_credentials_validation",
    "skip_region_validation",
    "skip_requesting_account_id",
    "tag_policy_compliance",
    "token_bucket_rate_limiter_capacity",
];

/// Services that are not called, by the names that hashicorp/aws 5.100 has for their endpoints.
const OTHER_SERVICES: &str = "\
    accessanalyzer account acm acmpca amg amp amplify apigateway apigatewayv2 appautoscaling appconfig appfabric \
    appflow appintegrations appintegrationsservice applicationautoscaling applicationinsights applicationsignals \
    appmesh appregistry apprunner appstream appsync athena auditmanager autoscaling autoscalingplans backup batch \
    bcmdataexports beanstalk bedrock bedrockagent billing budgets ce chatbot chime chimesdkmediapipelines \
    chimesdkvoice cleanrooms cloud9 cloudcontrol cloudcontrolapi cloudformation cloudfront cloudfrontkeyvaluestore \
    cloudhsm cloudhsmv2 cloudsearch cloudtrail cloudwatch cloudwatchevents cloudwatchevidently cloudwatchlog \
    cloudwatchlogs cloudwatchobservabilityaccessmanager cloudwatchrum codeartifact codebuild codecatalyst codecommit \
    codeconnections codeguruprofiler codegurureviewer codepipeline codestarconnections codestarnotifications \
    cognitoidentity cognitoidentityprovider cognitoidp comprehend computeoptimizer config configservice connect \
    connectcases controltower costandusagereportservice costexplorer costoptimizationhub cur customerprofiles \
    databasemigration databasemigrationservice databrew dataexchange datapipeline datasync datazone dax detective \
    devicefarm devopsguru directconnect directoryservice dlm dms docdb docdbelastic drs ds dsql dynamodb ec2 \
    ecrpublic efs eks elasticache elasticbeanstalk elasticsearch elasticsearchservice elastictranscoder emr \
    emrcontainers emrserverless es eventbridge events evidently evs finspace firehose fis fms fsx gamelift glacier \
    globalaccelerator glue gluedatabrew grafana greengrass groundstation guardduty healthlake iam identitystore \
    imagebuilder inspector inspector2 inspectorv2 internetmonitor invoicing iot iotanalytics iotevents ivs ivschat \
    kafka kafkaconnect kendra keyspaces kinesis kinesisanalytics kinesisanalyticsv2 kinesisvideo kms lakeformation \
    lambda launchwizard lex lexmodelbuilding lexmodelbuildingservice lexmodels lexmodelsv2 lexv2models \
    licensemanager lightsail location locationservice logs lookoutmetrics m2 macie2 managedgrafana mediaconnect \
    mediaconvert medialive mediapackage mediapackagev2 mediapackagevod mediastore memorydb mgn mq msk mwaa neptune \
    neptunegraph networkfirewall networkmanager networkmonitor notifications notificationscontacts oam opensearch \
    opensearchingestion opensearchserverless opensearchservice opsworks organizations osis outposts \
    paymentcryptography pcaconnectorad pcs pinpoint pinpointsmsvoicev2 pipes polly pricing prometheus \
    prometheusservice qbusiness qldb quicksight ram rbin rds recyclebin redshift redshiftdata redshiftdataapiservice \
    redshiftserverless rekognition resiliencehub resourceexplorer2 resourcegroups resourcegroupstagging \
    resourcegroupstaggingapi rolesanywhere route53 route53domains route53profiles route53recoverycontrolconfig \
    route53recoveryreadiness route53resolver rum s3 s3api s3control s3outposts s3tables sagemaker scheduler schemas \
    sdb secretsmanager securityhub securitylake serverlessapplicationrepository serverlessapprepo serverlessrepo \
    servicecatalog servicecatalogappregistry servicediscovery servicequotas ses sesv2 sfn shield signer simpledb sns \
    sqs ssm ssmcontacts ssmincidents ssmquicksetup ssmsap sso ssoadmin stepfunctions storagegateway swf synthetics \
    taxsettings timestreaminfluxdb timestreamquery timestreamwrite transcribe transcribeservice transfer \
    verifiedpermissions vpclattice waf wafregional wafv2 wellarchitected worklink workspaces workspacesweb xray";

/// What was given of it.
pub struct Foreign {
    given: Vec<String>,
    insecure: Arg<bool>,
}

impl Foreign {
    /// The attributes of the schema.
    pub fn attributes() -> Vec<Attribute> {
        let text = "Without effect: accepted because copied `aws` blocks have it, and named in a warning.";
        let plain = WITHOUT_EFFECT.into_iter().filter(|name| !name.ends_with("_tags")).map(|name| match name {
            "s3_us_east_1_regional_endpoint" | "tag_policy_compliance" => Attribute::string(name),
            "token_bucket_rate_limiter_capacity" => Attribute::number(name),
            _ => Attribute::bool(name),
        });
        let insecure = Attribute::bool("insecure").optional().describe(
            "Must not be `true`: certificates are always checked. `custom_ca_bundle` is for networks that inspect TLS.",
        );
        plain.map(|attribute| attribute.optional().describe(text)).chain([insecure]).collect()
    }

    /// The blocks of the schema.
    pub fn blocks() -> [NestedBlock; 2] {
        let text = "Without effect: nothing is written here that could have tags.";
        let describe = |attribute: Attribute| attribute.optional().describe("Without effect.");
        let tags = vec![describe(Attribute::map("tags", Type::String))];
        let keys = ["key_prefixes", "keys"].map(|name| describe(Attribute::set(name, Type::String))).to_vec();
        [("default_tags", tags), ("ignore_tags", keys)]
            .map(|(name, attributes)| NestedBlock::list(name, attributes).between(0, 1).describe(text))
    }

    /// The attributes of `endpoints`.
    pub fn endpoints() -> impl Iterator<Item = Attribute> {
        OTHER_SERVICES.split(' ').map(|name| {
            Attribute::string(name).optional().describe("Without effect: an endpoint of a service that is not called.")
        })
    }

    /// Takes the arguments out of a configuration.
    pub fn config(fields: &mut Fields) -> Self {
        let mut given: Vec<String> =
            WITHOUT_EFFECT.into_iter().filter(|name| is_given(fields, name)).map(str::to_owned).collect();
        for mut block in fields.nested_list("endpoints") {
            let others = OTHER_SERVICES.split(' ').filter(|name| is_given(&mut block, name));
            given.extend(others.map(|name| format!("endpoints.{name}")));
            fields.absorb(block);
        }
        Self { given, insecure: fields.arg("insecure") }
    }

    /// One warning about all of it, and an error about what cannot be had.
    pub fn validate(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        if self.insecure.known() == Some(&true) {
            let detail = "This provider always checks certificates, because a listener that somebody forged would be \
                          written into the plan. Remove insecure. If the network inspects TLS, set custom_ca_bundle \
                          to a PEM file with its certificate authority.";
            let diagnostic = Diagnostic::error("Certificates Are Always Checked", detail);
            diagnostics.push(diagnostic.at(Path::attribute("insecure")));
        }
        if !self.given.is_empty() {
            let detail = format!(
                "Some arguments of the provider block mean something to hashicorp/aws and nothing here: nothing is \
                 written, and no other service than ECS, Elastic Load Balancing, CodeDeploy, ECR and STS is called. \
                 Everything works with them as without them. Delete them to be rid of this warning.\n\nWithout \
                 effect: {}",
                self.given.join(", ")
            );
            diagnostics.push(Diagnostic::warning("Arguments Without Effect", detail));
        }
        diagnostics
    }
}

/// True for what is neither left out nor empty.
fn is_given(fields: &mut Fields, name: &str) -> bool {
    match fields.arg::<Value>(name) {
        Arg::Null => false,
        Arg::Unknown => true,
        Arg::Known(Value::String(text)) => !text.is_empty(),
        Arg::Known(Value::List(items) | Value::Set(items)) => !items.is_empty(),
        Arg::Known(_) => true,
    }
}
