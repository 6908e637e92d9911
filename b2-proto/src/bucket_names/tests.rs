use super::*;
use crate::model::BucketType;
use std::format;
use std::vec;

fn known(pairs: &[(&str, &str)]) -> BucketNames {
    owned(pairs).into_iter().collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, BucketId)> {
    pairs.iter().map(|(name, id)| ((*name).to_owned(), BucketId::from(*id))).collect()
}

fn bucket(name: &str, id: &str) -> Bucket {
    Bucket::new("a1", id, name, BucketType::AllPrivate)
}

/// What is known after `change` to photos and films.
fn after(change: &NameChange) -> Vec<(String, String)> {
    let mut names = known(&[("photos", "1"), ("films", "2")]);
    names.apply(change);
    names.iter().map(|(name, id)| (name.to_owned(), id.as_str().to_owned())).collect()
}

#[track_caller]
fn check(change: &NameChange, want: &[(&str, &str)]) {
    let want: Vec<_> = want.iter().map(|(n, i)| ((*n).to_owned(), (*i).to_owned())).collect();
    assert_eq!(after(change), want, "{change:?}");
}

fn for_buckets(list: &[(&str, Option<&str>)]) -> Allowed {
    let mut allowed = Allowed::everywhere(vec![]);
    let list = list.iter().map(|(id, name)| AllowedBucket::new(*id, name.map(str::to_owned)));
    allowed.buckets = Some(list.collect());
    allowed
}

#[test]
fn a_key_for_all_buckets_asks_for_what_is_not_known() {
    let (names, all) = (known(&[("photos", "1")]), Allowed::everywhere(vec![]));
    assert_eq!(names.find("photos", &all), Ok(Some("1".into())));
    assert_eq!(names.find("Photos", &all), Ok(None));
    assert_eq!(names.find_name(&"1".into(), &all), Ok(Some("photos".to_owned())));
    assert_eq!(names.find_name(&"2".into(), &all), Ok(None));
}

#[test]
fn a_restricted_key_never_asks_for_a_name() {
    // What else is known may come from another key.
    let names = known(&[("films", "2"), ("photos", "9")]);
    let allowed = for_buckets(&[("1", Some("photos")), ("3", Some("music")), ("4", None)]);
    assert_eq!(names.find("photos", &allowed), Ok(Some("1".into())));
    assert_eq!(names.find("music", &allowed), Ok(Some("3".into())));
    assert_eq!(names.find_name(&"3".into(), &allowed), Ok(Some("music".to_owned())));
    // It is allowed, but gone: the service says so.
    assert_eq!(names.find_name(&"4".into(), &allowed), Ok(None));
    let refused = names.find("films", &allowed).expect_err("not allowed");
    assert_eq!(refused.kind, ErrorKind::Unauthorized);
    assert!(format!("{refused}").contains("restricted to buckets: 'photos', 'music'"), "{refused}");
    assert_eq!(names.find_name(&"2".into(), &allowed), Err(refused));
}

#[test]
fn a_login_leaves_nothing_but_its_own_buckets() {
    check(&NameChange::login(&Allowed::everywhere(vec![])), &[]);
    let allowed = for_buckets(&[("1", Some("photos")), ("4", None)]);
    check(&NameChange::login(&allowed), &[("photos", "1")]);
}

#[test]
fn a_listing_replaces_what_it_covers() {
    let answer = [bucket("music", "3"), bucket("photos", "1")];
    let both = &[("music", "3"), ("photos", "1")];
    check(&NameChange::listed(&ListBuckets::default(), &answer), both);
    check(&NameChange::listed(&ListBuckets::default().all_types(), &answer), both);
    let some = ListBuckets::default().types([BucketType::AllPrivate]);
    let three = &[("films", "2"), ("music", "3"), ("photos", "1")];
    check(&NameChange::listed(&some, &answer), three);
    check(&NameChange::listed(&ListBuckets::default().name("music"), &answer[..1]), three);
    check(&NameChange::listed(&ListBuckets::default().name("photos"), &[]), &[("films", "2")]);
    check(&NameChange::listed(&ListBuckets::default().id("2"), &[]), &[("photos", "1")]);
    check(&NameChange::listed(&some, &[]), &[("films", "2"), ("photos", "1")]);
}

#[test]
fn a_name_and_an_id_belong_to_one_bucket() {
    // Renamed, made anew, and both at once.
    check(&NameChange::bucket(&bucket("stills", "1")), &[("films", "2"), ("stills", "1")]);
    check(&NameChange::bucket(&bucket("photos", "9")), &[("films", "2"), ("photos", "9")]);
    check(&NameChange::bucket(&bucket("photos", "2")), &[("photos", "2")]);
    let doubled = known(&[("photos", "1"), ("photos", "2"), ("stills", "1")]);
    assert_eq!(doubled, known(&[("photos", "1")]));
}

#[test]
fn a_bucket_that_is_gone_is_forgotten() {
    check(&NameChange::deleted("1"), &[("films", "2")]);
    let mut error = Error::new(ErrorKind::BadRequest, "Bucket does not exist");
    assert_eq!(NameChange::failed(&error, &"1".into()), None);
    error.code = ApiCode::BadBucketId;
    let change = NameChange::failed(&error, &"1".into()).expect("is gone");
    check(&change, &[("films", "2")]);
}
