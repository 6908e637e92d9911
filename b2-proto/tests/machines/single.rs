//! One operation: attempts, waits, logins, cancel.

use b2_proto::error::{Cause, ErrorKind};
use b2_proto::machine::session::{Credentials, Session};
use b2_proto::machine::single::Single;
use b2_proto::machine::{Input, Machine as _};
use b2_proto::model::LegalHold;
use b2_proto::op::receipt::FileRef;
use b2_proto::op::{self, hide_file::HideFile};
use b2_proto::policy::clock::WallClock;
use b2_proto::time::Instant;

use crate::scenario::*;

const HIDE: &str = "b2_hide_file";

fn hide() -> Single<HideFile<&'static str, FileRef>> {
    Single::new(HideFile::new("b", "n"))
}

#[test]
fn a_wrong_argument_sends_nothing_not_even_a_login() {
    let mut job = Scenario::of_with(session(), Single::new(HideFile::<_, FileRef>::new("", "n")));
    assert!(job.begun.is_empty(), "{:?}", job.begun);
    assert_eq!(job.error().kind, ErrorKind::InvalidInput);
}

#[test]
fn names_the_service_does_not_take_are_refused_before_anything_is_sent() {
    for name in ["", "a\u{7f}", "a\nb", &"x".repeat(1_025)] {
        let errors = [
            Scenario::of(Single::new(op::HideFile::new("b", name))).error(),
            Scenario::of(Single::new(op::DeleteFileVersion::new("4_z1", name))).error(),
            Scenario::of(Single::new(op::HeadFileByName::new("bucket", name))).error(),
        ];
        assert!(errors.iter().all(|error| error.kind == ErrorKind::InvalidInput), "{errors:?}");
    }
}

#[test]
fn a_stale_token_is_renewed_once_and_then_given_up() {
    let mut job = Scenario::of(hide());
    job.serve(HIDE, 401, BAD_TOKEN);
    job.log_in("token-2");
    let again = job.take(HIDE);
    assert_eq!(again.header("Authorization"), Some("token-2"));
    job.answer(&again, 401, BAD_TOKEN);
    let error = job.error();
    assert_eq!((error.kind, error.attempts), (ErrorKind::BadKey, 2));
}

#[test]
fn a_failed_login_fails_the_job_and_the_next_job_tries_again() {
    let mut job = Scenario::of_with(session(), hide());
    job.serve(LOGIN, 401, r#"{"status":401,"code":"unauthorized","message":""}"#);
    assert_eq!(job.error().kind, ErrorKind::BadKey);

    let mut next = Scenario::of_with(job.driven.session, hide());
    next.log_in("token");
    next.serve(HIDE, 200, &file_answer("hide", "null", 0));
    assert!(next.outcome().is_ok());
}

#[test]
fn a_login_at_the_s3_api_says_which_address_is_meant() {
    let login_at = |realm, status, body| {
        let credentials = Credentials::new("id", "key", realm).expect("valid");
        let mut job = Scenario::of_with(Session::new(credentials, 1), hide());
        job.serve(LOGIN, status, body);
        job.error()
    };
    const XML: &str = "<Error><Code>AccessDenied</Code></Error>";
    for status in [400, 401, 403, 404] {
        let error = login_at("https://s3.us-west-004.backblazeb2.com", status, XML);
        assert_eq!(error.kind, ErrorKind::Protocol);
        assert!(error.message.contains("the S3 API"), "{error}");
    }
    let error = login_at("https://s3.us-west-004.backblazeb2.com", 400, REFUSED);
    assert!(!error.message.contains("the S3 API"), "{error}");
    let error = login_at("https://api.backblazeb2.com", 400, XML);
    assert!(!error.message.contains("the S3 API"), "{error}");
}

#[test]
fn only_a_login_in_the_midst_of_a_session_waits_long_for_the_network() {
    let break_off = |job: &mut Scenario<_>| {
        let login = job.take(LOGIN);
        job.break_off(&login, Cause::Dns, 0);
    };
    let mut job = Scenario::of(hide());
    job.serve(HIDE, 401, BAD_TOKEN);
    for _ in 1..20 {
        break_off(&mut job);
        job.wait();
    }
    job.log_in("token-2");
    job.serve(HIDE, 200, &file_answer("hide", "null", 0));
    assert!(job.outcome().is_ok());

    let mut first = Scenario::of_with(session(), hide());
    for attempt in 1..=5 {
        break_off(&mut first);
        if attempt < 5 {
            first.wait();
        }
    }
    assert_eq!(first.error().kind, ErrorKind::Network);
}

#[test]
fn cancel_while_the_login_is_in_flight_aborts_it_and_leaves_the_session_usable() {
    let mut job = Scenario::of_with(session(), hide());
    assert_eq!(job.names(), [LOGIN]);
    job.cancel();
    assert_eq!(job.aborted, [LOGIN]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
    let next = Scenario::of_with(job.driven.session, hide());
    assert_eq!(next.names(), [LOGIN]);
}

#[test]
fn cancel_aborts_the_request_and_a_late_answer_changes_nothing() {
    let mut job = Scenario::of(hide());
    let flight = job.flights[0].clone();
    job.cancel();
    assert_eq!(job.aborted, [HIDE]);
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
    job.answer(&flight, 200, &file_answer("hide", "null", 0));
    assert!(!job.has_ended());
}

#[test]
fn cancel_while_waiting_to_repeat_ends_at_once() {
    let mut job = Scenario::of(hide());
    job.serve(HIDE, 503, BUSY);
    job.cancel();
    assert_eq!(job.error().kind, ErrorKind::Cancelled);
}

#[test]
fn an_answer_with_an_old_generation_changes_nothing() {
    let mut job = Scenario::of(hide());
    let first = job.take(HIDE);
    job.answer(&first, 503, BUSY);
    assert_eq!(job.wait(), 1_000);
    job.answer(&first, 400, REFUSED);
    assert!(!job.has_ended());
    job.serve(HIDE, 200, &file_answer("hide", "null", 0));
    assert!(job.outcome().is_ok());
}

#[test]
fn an_input_of_the_wrong_kind_is_a_failure_not_an_endless_repetition() {
    let mut job = Scenario::of(hide());
    let flight = job.take(HIDE);
    job.input(&flight, Input::Stored { id: flight.id });
    let error = job.error();
    assert_eq!((error.kind, error.cause), (ErrorKind::Protocol, Some(Cause::BadReply)));
}

#[test]
fn a_login_answered_with_the_wrong_kind_of_input_fails() {
    let mut job = Scenario::of_with(session(), hide());
    let login = job.take(LOGIN);
    job.input(&login, Input::Stored { id: login.id });
    assert_eq!(job.error().kind, ErrorKind::Protocol);
}

#[test]
fn an_answer_that_is_not_json_is_not_quoted() {
    let mut job = Scenario::of_with(session(), hide());
    let secret = "4_secret_token";
    let answer = login_answer(secret)
        .replace("\"capabilities\":[", &format!("\"capabilities\":[\"{secret}\",7,"));
    job.serve(
        LOGIN,
        200,
        &answer.replace("\"namePrefix\":null", &format!("\"namePrefix\":[\"{secret}\"]")),
    );
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::Protocol);
    assert!(!format!("{error} {error:?}").contains(secret), "{error}");
}

#[test]
fn addresses_outside_of_the_realm_are_not_followed_nor_kept() {
    let mut job = Scenario::of_with(session(), hide());
    let answer = login_answer("t").replace("https://f000.backblazeb2.com", "https://evil.example");
    job.serve(LOGIN, 200, &answer);
    assert_eq!(job.error().kind, ErrorKind::Protocol);
    assert!(job.driven.session.account().is_none());
}

#[test]
fn a_kept_login_that_leads_elsewhere_is_not_used() {
    let mut session = session();
    let mut grant = grant();
    grant.api_url = b2_proto::wire::text::Text::truncated("https://evil.example");
    session.resume_login(grant);
    assert_eq!(Scenario::of_with(session, hide()).names(), [LOGIN]);
}

#[test]
fn a_token_that_would_break_a_header_is_refused() {
    let mut job = Scenario::of_with(session(), hide());
    job.serve(LOGIN, 200, &login_answer("t\\r\\nX-Evil: 1"));
    assert_eq!(job.error().kind, ErrorKind::Protocol);
}

#[test]
fn a_message_of_the_service_cannot_steer_a_terminal() {
    let mut job = Scenario::of(hide());
    job.serve(
        HIDE,
        400,
        r#"{"status":400,"code":"x\u001b[2J","message":"a\u001b]0;b\u0007\r\nc"}"#,
    );
    let error = job.error();
    assert!(!error.to_string().contains(char::is_control), "{error}");
    let mut job = Scenario::of(hide());
    job.serve(HIDE, 400, "<html>\u{1b}[2J</html>");
    assert!(!job.error().to_string().contains(char::is_control));
}

#[test]
fn a_failure_after_a_lost_answer_says_that_it_may_have_taken_effect() {
    let mut job = Scenario::of(hide());
    let flight = job.take(HIDE);
    job.break_off(&flight, Cause::ReadTimeout, 0);
    job.wait();
    job.serve(HIDE, 400, r#"{"status":400,"code":"already_hidden","message":"m"}"#);
    let error = job.error();
    assert!(error.may_have_taken_effect && error.to_string().contains("taken effect"), "{error}");

    let mut job = Scenario::of(hide());
    job.serve(HIDE, 400, REFUSED);
    assert!(!job.error().may_have_taken_effect);

    let mut job = Scenario::of(Single::new(op::GetFileInfo::new("4_z1")));
    job.serve("b2_get_file_info", 500, "");
    job.wait();
    job.serve("b2_get_file_info", 400, REFUSED);
    assert!(!job.error().may_have_taken_effect, "it changes nothing");
}

#[test]
fn cancel_of_a_request_in_flight_says_that_it_may_have_taken_effect() {
    let mut job = Scenario::of(hide());
    job.cancel();
    assert!(job.error().may_have_taken_effect);
    let mut job = Scenario::of_with(session(), hide());
    job.cancel();
    assert!(!job.error().may_have_taken_effect);
}

/// Doing it again changes nothing more, but nobody knows whether it is done.
#[test]
fn what_can_be_repeated_may_be_done_all_the_same() {
    let hold = op::UpdateFileLegalHold::new("n", "4_z1", LegalHold::On);
    let mut job = Scenario::of(Single::new(hold.clone()));
    job.cancel();
    assert!(job.error().may_have_taken_effect);
    let mut job = Scenario::of(Single::new(hold));
    let update = job.take("b2_update_file_legal_hold");
    job.break_off(&update, Cause::Reset, 0);
    job.wait();
    let refused = r#"{"status":403,"code":"access_denied","message":"m"}"#;
    job.serve("b2_update_file_legal_hold", 403, refused);
    let error = job.error();
    assert!(error.may_have_taken_effect && error.kind == ErrorKind::AccessDenied, "{error:?}");
}

#[test]
fn a_deletion_whose_answer_was_lost_is_done_when_the_version_is_gone() {
    const DELETE: &str = "b2_delete_file_version";
    const GONE: &str = r#"{"status":400,"code":"file_not_present","message":"m"}"#;
    let delete = || Scenario::of(Single::new(op::DeleteFileVersion::new("4_z1", "n")));
    let mut job = delete();
    job.serve(DELETE, 503, BUSY);
    job.wait();
    job.serve(DELETE, 400, GONE);
    assert_eq!(job.outcome().expect("deleted").file_name, "n");
    let mut job = delete();
    job.serve(DELETE, 400, GONE);
    assert_eq!(job.error().kind, ErrorKind::NotFound);
}

#[test]
fn time_that_goes_back_changes_nothing() {
    let mut job = Scenario::of(hide());
    job.serve(HIDE, 503, BUSY);
    let due = job.now.after_ms(1_000);
    job.now = Instant::from_ms(0);
    job.drain();
    assert_eq!(job.driven.solo.poll_deadline(&job.driven.session).map(|d| d.at), Some(due));
}

#[test]
fn what_was_done_before_clocks_were_found_to_differ_is_not_called_undone() {
    let mut session = logged_in();
    let wall = WallClock { at: Instant::from_ms(0), unix_ms: 1_700_000_000_000 };
    session.set_wall_clock(Some(wall));
    let mut job = Scenario::of_with(session, hide());
    let flight = job.take(HIDE);
    let date = [("Date", "Tue, 14 Nov 2023 23:30:00 GMT")];
    job.answer_with(&flight, 200, &date, &file_answer("hide", "null", 0));
    let error = job.error();
    assert_eq!(error.kind, ErrorKind::ClockSkew);
    assert!(error.may_have_taken_effect && error.to_string().contains("clock"), "{error}");
}

#[test]
fn the_session_knows_the_services_time_once_an_answer_told_it() {
    let mut job = Scenario::of(Single::new(HideFile::<_, FileRef>::new("b", "n")));
    assert_eq!(job.driven.session.service_ms_at(job.now), None);
    let flight = job.take("b2_hide_file");
    let headers = [("Date", "Thu, 01 Jan 1970 00:16:40 GMT")];
    job.answer_with(&flight, 200, &headers, &file_answer("hide", "null", 0));
    assert!(job.outcome().is_ok());
    let at = |ms| job.driven.session.service_ms_at(job.now.after_ms(ms));
    assert_eq!((at(0), at(7)), (Some(1_000_000), Some(1_000_007)));
    let before = job.driven.session.service_ms_at(Instant::from_ms(0));
    assert_eq!(before, Some(999_000), "the job began one second after the driver's zero");
}
