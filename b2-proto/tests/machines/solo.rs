//! One machine that logs in by itself.

use b2_proto::machine::authorize::Authorize;

use crate::scenario::*;

#[test]
fn a_job_that_waits_for_the_login_alone_ends_with_it() {
    let mut job = Scenario::of_with(session(), Authorize::default());
    job.serve(LOGIN, 503, BUSY);
    assert_eq!(job.wait(), 1_000);
    job.log_in("token");
    assert_eq!(job.outcome().expect("logged in").account_id.as_str(), "account");
}

#[test]
fn a_login_that_was_kept_is_renewed_when_the_account_is_asked_for() {
    let mut job = Scenario::of(Authorize::default());
    job.log_in("token");
    assert!(job.outcome().is_ok());
}

#[test]
fn a_login_that_was_kept_whole_needs_no_other() {
    let kept = |answer: &str| {
        let mut session = session();
        session.resume_account(serde_json::from_str(answer).expect("an account"));
        Scenario::of_with(session, Authorize::default())
    };
    let answer = login_answer("kept");
    let mut job = kept(&answer);
    assert_eq!(job.names(), [""; 0]);
    assert_eq!(job.outcome().expect("known").authorization_token.expose(), "kept");
    // One that leads elsewhere, or whose token would break a header, is not used.
    let elsewhere = answer.replace("https://api000.backblazeb2.com", "https://evil.example");
    for unusable in [elsewhere, answer.replace("kept", "kept\\r\\nX-Evil: 1")] {
        assert_eq!(kept(&unusable).names(), [LOGIN]);
    }
}

#[test]
fn a_job_dropped_during_its_login_does_not_block_the_next() {
    let job = Scenario::of_with(session(), Authorize::default());
    assert_eq!(job.names(), [LOGIN]);
    let One { session, .. } = job.driven;
    let mut next = Scenario::of_with(session, Authorize::default());
    next.log_in("token");
    assert!(next.outcome().is_ok());
}
