//! `b2 file url`, and the URLs an upload prints.

use b2_proto::wire::head::Target;

use crate::args::UrlArgs;
use crate::args::uri::FileUri;
use crate::context::Context;
use crate::failure::Failure;

pub(crate) async fn run(context: &Context, args: UrlArgs) -> Result<(), Failure> {
    match args.file.file {
        FileUri::Id(_) if args.with_auth => Err(Failure::message(
            "--with-auth param cannot be used with `b2id://` urls. Please, use \
             `b2://bucket/filename` url format instead",
        )),
        FileUri::Id(id) => context.out.say(by_id(context, &id)),
        FileUri::Name { bucket, name } if args.with_auth => {
            let url = by_name(context, &bucket, &name);
            let found = context.bucket(&bucket).await?;
            let token = found.download_authorization(name, args.duration).await?;
            let token = token.authorization_token.expose();
            context.out.say(format_args!("{url}?Authorization={token}"))
        }
        FileUri::Name { bucket, name } => context.out.say(by_name(context, &bucket, &name)),
    }
}

pub(super) fn by_name(context: &Context, bucket: &str, name: &str) -> String {
    Target::FileByName { base: base(context), bucket, name, query: &NO_QUERY }.to_string()
}

pub(super) fn by_id(context: &Context, file_id: &str) -> String {
    Target::FileById { base: base(context), file_id, query: &NO_QUERY }.to_string()
}

const NO_QUERY: [(&str, &str); 0] = [];

fn base(context: &Context) -> &str {
    &context.login.account.authorization.storage_api.download_url
}
