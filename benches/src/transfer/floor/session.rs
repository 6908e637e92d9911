//! Logins and calls of the floor.

use super::{Failure, Task};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// A login.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) http: Client,
    pub(super) token: String,
    api_url: String,
    pub(super) download_url: String,
    pub(super) part_len: u64,
    bucket_id: String,
    bucket: String,
}

/// Where one lane sends its bytes.
pub(super) struct Upload {
    pub(super) url: String,
    pub(super) token: String,
}

impl Session {
    pub(super) async fn login(task: &Task) -> Result<Self, Failure> {
        let http = client()?;
        let login = http
            .get(format!("{}/b2api/v4/b2_authorize_account", task.url))
            .basic_auth(&task.key_id, Some(&task.key));
        let account = answer(login.send().await?).await?;
        let storage = &account["apiInfo"]["storageApi"];
        let mut session = Self {
            http,
            token: text(&account["authorizationToken"])?,
            api_url: text(&storage["apiUrl"])?,
            download_url: text(&storage["downloadUrl"])?,
            part_len: storage["recommendedPartSize"].as_u64().ok_or("no part size")?,
            bucket_id: String::new(),
            bucket: task.bucket.clone(),
        };
        let wanted = json!({"accountId": account["accountId"], "bucketName": task.bucket});
        let buckets = session.call("b2_list_buckets", &wanted).await?;
        session.bucket_id = text(&buckets["buckets"][0]["bucketId"])?;
        Ok(session)
    }

    pub(super) async fn call(&self, operation: &str, body: &Value) -> Result<Value, Failure> {
        let request = self
            .http
            .post(format!("{}/b2api/v4/{operation}", self.api_url))
            .header(AUTHORIZATION, &self.token)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        answer(request.send().await?).await
    }

    /// An upload URL for files of the bucket.
    pub(super) async fn upload_url(&self) -> Result<Upload, Failure> {
        self.get_upload("b2_get_upload_url", &json!({"bucketId": self.bucket_id})).await
    }

    /// An upload URL for parts of a large file.
    pub(super) async fn part_url(&self, file_id: &str) -> Result<Upload, Failure> {
        self.get_upload("b2_get_upload_part_url", &json!({"fileId": file_id})).await
    }

    async fn get_upload(&self, operation: &str, body: &Value) -> Result<Upload, Failure> {
        let given = self.call(operation, body).await?;
        let (url, token) = (text(&given["uploadUrl"])?, text(&given["authorizationToken"])?);
        Ok(Upload { url, token })
    }

    /// Starts a large file; its ID.
    pub(super) async fn start(&self, name: &str) -> Result<String, Failure> {
        let file =
            json!({"bucketId": self.bucket_id, "fileName": name, "contentType": "b2/x-auto"});
        text(&self.call("b2_start_large_file", &file).await?["fileId"])
    }

    /// A request for a file by name.
    pub(super) fn get(&self, name: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/file/{}/{name}", self.download_url, self.bucket);
        self.http.get(url).header(AUTHORIZATION, &self.token)
    }
}

/// The same library with the same settings as the driver has it, and nothing around it.
fn client() -> Result<Client, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(Client::builder().tls_backend_preconfigured(tls).http1_only().build()?)
}

/// A JSON answer, if it is a good one.
pub(super) async fn answer(response: Response) -> Result<Value, Failure> {
    let status = response.status();
    let body = response.bytes().await?;
    if !status.is_success() {
        return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
    }
    Ok(serde_json::from_slice(&body)?)
}

fn text(value: &Value) -> Result<String, Failure> {
    value.as_str().map(str::to_owned).ok_or_else(|| "the answer lacks a text".into())
}
