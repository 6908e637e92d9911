//! The operations and what is known about each before looking at a request.

pub use b2_proto::op::Class;
use http::Method;

macro_rules! operations {
    ($( $variant:ident $name:literal $class:ident )*) => {
        /// An operation of the native API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is named as the API names it")]
        pub enum Op { $( $variant, )* }

        impl Op {
            /// Every operation.
            pub const ALL: &[Self] = &[ $( Self::$variant, )* ];

            /// Name on the wire.
            pub fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )* }
            }

            /// Transaction class.
            pub fn class(self) -> Class {
                match self { $( Self::$variant => Class::$class, )* }
            }
        }
    };
}

operations! {
    AuthorizeAccount "b2_authorize_account" C
    CancelLargeFile "b2_cancel_large_file" A
    CopyFile "b2_copy_file" C
    CopyPart "b2_copy_part" C
    CreateBucket "b2_create_bucket" C
    CreateKey "b2_create_key" C
    DeleteBucket "b2_delete_bucket" A
    DeleteFileVersion "b2_delete_file_version" A
    DeleteKey "b2_delete_key" A
    DownloadFileById "b2_download_file_by_id" B
    DownloadFileByName "b2_download_file_by_name" B
    FinishLargeFile "b2_finish_large_file" A
    GetBucketNotificationRules "b2_get_bucket_notification_rules" C
    SetBucketNotificationRules "b2_set_bucket_notification_rules" C
    GetDownloadAuthorization "b2_get_download_authorization" C
    GetFileInfo "b2_get_file_info" B
    GetUploadPartUrl "b2_get_upload_part_url" A
    GetUploadUrl "b2_get_upload_url" A
    HideFile "b2_hide_file" A
    ListBuckets "b2_list_buckets" C
    ListFileNames "b2_list_file_names" C
    ListFileVersions "b2_list_file_versions" C
    ListKeys "b2_list_keys" C
    ListParts "b2_list_parts" C
    ListUnfinishedLargeFiles "b2_list_unfinished_large_files" C
    StartLargeFile "b2_start_large_file" A
    UpdateBucket "b2_update_bucket" C
    UpdateFileLegalHold "b2_update_file_legal_hold" A
    UpdateFileRetention "b2_update_file_retention" A
    UploadFile "b2_upload_file" A
    UploadPart "b2_upload_part" A
}

impl Op {
    /// Finds an operation by its name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|op| op.name() == name)
    }

    /// Whether the request's body is file content.
    pub fn is_upload(self) -> bool {
        matches!(self, Self::UploadFile | Self::UploadPart)
    }

    /// Whether the reply's body is file content.
    pub fn is_download(self) -> bool {
        matches!(self, Self::DownloadFileById | Self::DownloadFileByName)
    }

    /// Whether the service takes the method for the operation (spec section 1.2). Calls that are
    /// documented as `POST` are taken as `GET` as well, with their parameters in the query.
    pub(crate) fn allows(self, method: &Method) -> bool {
        let get = method == Method::GET;
        let post = method == Method::POST;
        let head = method == Method::HEAD;
        if self.is_upload() {
            post
        } else if self.is_download() {
            get || head || (post && self == Self::DownloadFileById)
        } else {
            get || post
        }
    }
}
