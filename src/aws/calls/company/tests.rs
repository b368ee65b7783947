//! Who is waited for, and for how long. Calls take 40 ms.

use super::*;

const FIRST: &str = "ecs:DescribeServices";
const SECOND: &str = "ecs:DescribeServiceRevisions";
const THIRD: &str = "elasticloadbalancing:DescribeRules";

fn at(millis: u64) -> impl Future<Output = ()> {
    tokio::time::sleep(Duration::from_millis(millis))
}

/// A company in which calls take 40 ms, so that whoever is in one is waited for 52 ms.
fn company() -> Arc<Company> {
    let company = Arc::new(Company::default());
    (0..40).for_each(|_| company.took(Duration::from_millis(40)));
    company
}

/// In whole milliseconds.
fn patience(company: &Company, operation: &str, oldest: Instant, scarcity: f64) -> Option<u128> {
    company.patience(operation, oldest, scarcity).map(|wait| (wait + Duration::from_micros(500)).as_millis())
}

#[tokio::test(start_paused = true)]
async fn a_lone_read_waits_for_the_quiet_once() {
    let company = company();
    let _read = company.read();
    company.queued();
    assert_eq!(patience(&company, FIRST, Instant::now(), 0.0), Some(2));
    at(2).await;
    assert_eq!(patience(&company, FIRST, Instant::now(), 0.0), None);
    company.sent(1);
    company.queued();
    assert_eq!(patience(&company, SECOND, Instant::now(), 0.0), None, "its next call does not wait at all");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_when_all_reads_wait_themselves() {
    let company = company();
    let _reads = [company.read(), company.read(), company.read()];
    at(2).await;
    let oldest = Instant::now();
    company.queued();
    company.queued();
    assert_eq!(patience(&company, FIRST, oldest, 0.0), Some(52));
    company.queued();
    assert_eq!(patience(&company, FIRST, oldest, 0.0), None);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_one_step_behind_is_waited_for_and_one_that_is_ahead_is_not() {
    let company = company();
    let _reads = [company.read(), company.read()];
    at(2).await;
    company.queued();
    let asking = company.asking(FIRST, 1);
    assert_eq!(patience(&company, SECOND, Instant::now(), 0.0), Some(52));
    assert_eq!(patience(&company, THIRD, Instant::now(), 0.0), None, "it is two steps behind");
    drop(asking);
    let _ahead = company.asking(THIRD, 1);
    assert_eq!(patience(&company, SECOND, Instant::now(), 0.0), None);
    assert_eq!(patience(&company, FIRST, Instant::now(), 0.0), None, "nobody takes its place");
}

#[tokio::test(start_paused = true)]
async fn the_fewer_tokens_the_longer_and_for_the_more_reads_a_batch_waits() {
    let company = company();
    let _reads = [company.read(), company.read()];
    at(2).await;
    company.queued();
    let _ahead = company.asking(THIRD, 1);
    assert_eq!(patience(&company, SECOND, Instant::now(), 0.5), None);
    assert_eq!(patience(&company, SECOND, Instant::now(), 0.75), Some(208));
    assert_eq!(patience(&company, SECOND, Instant::now(), 1.0), Some(260));
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_away_holds_nobody_up() {
    let company = company();
    let _reads = [company.read(), company.read()];
    at(2).await;
    let oldest = Instant::now();
    company.queued();
    assert_eq!(patience(&company, FIRST, oldest, 0.0), Some(52));
    let away = company.away();
    assert_eq!(patience(&company, FIRST, oldest, 0.0), None);
    drop(away);
    at(52).await;
    assert_eq!(patience(&company, FIRST, oldest, 0.0), None, "the wait has an end");
}

#[tokio::test(start_paused = true)]
async fn reads_that_take_the_place_of_others_are_expected_until_they_do_not_come() {
    let company = company();
    let (first, second) = (company.read(), company.read());
    at(10).await;
    drop(first);
    drop(company.read());
    company.queued();
    assert_eq!(patience(&company, SECOND, Instant::now(), 0.0), None, "they begin with something else");
    let oldest = Instant::now();
    assert_eq!(patience(&company, FIRST, oldest, 0.0), Some(2));
    at(2).await;
    assert_eq!(patience(&company, FIRST, oldest, 0.0), None);
    assert_eq!(patience(&company, FIRST, Instant::now(), 0.0), None);
    drop(second);
}

#[tokio::test(start_paused = true)]
async fn the_wait_follows_the_pace_of_calls_and_has_an_end() {
    let company = company();
    let _reads = [company.read(), company.read()];
    at(2).await;
    company.queued();
    (0..40).for_each(|_| company.took(Duration::from_secs(30)));
    assert_eq!(patience(&company, FIRST, Instant::now(), 0.0), Some(200));
    (0..40).for_each(|_| company.took(Duration::ZERO));
    assert_eq!(patience(&company, FIRST, Instant::now(), 0.0), Some(2));
}

#[tokio::test(start_paused = true)]
async fn the_parts_of_a_read_wait_for_each_other() {
    let company = company();
    let _read = company.read();
    let parts = company.together((0..2).map(|_| async {
        company.queued();
        patience(&company, FIRST, Instant::now(), 0.0)
    }));
    at(2).await;
    assert_eq!(parts.await, [Some(52), None]);
}
