//! The way to AWS from a person's machine: through proxies, and with other certificate authorities.

use std::env;
use std::fs;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::SessionError;

/// A file of certificate authorities is not larger: the one of a whole operating system has 300 KiB.
const MAX_BUNDLE_BYTES: u64 = 16 * 1024 * 1024;

/// Builds an HTTP client that honors HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, and AWS_CA_BUNDLE or the
/// `ca_bundle` of the profile.
///
/// # Errors
///
/// The file of certificate authorities cannot be read, or has no certificate.
pub(super) fn http_client(profile_bundle: Option<&str>) -> Result<SharedHttpClient, SessionError> {
    let tls = tls_context(profile_bundle)?;
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    });
    Ok(client)
}

/// The certificate authorities: those of a file instead of the machine's own.
fn tls_context(profile_bundle: Option<&str>) -> Result<TlsContext, SessionError> {
    let from_env = env::var("AWS_CA_BUNDLE").ok().filter(|path| !path.is_empty());
    let (name, path) = match (from_env, profile_bundle) {
        (Some(path), _) => ("AWS_CA_BUNDLE", path),
        (None, Some(path)) => ("`ca_bundle` of the profile", path.to_owned()),
        (None, None) => return Ok(TlsContext::default()),
    };
    let failed = |what: String| SessionError::new(format!("{name} is `{path}`: {what}"));
    let size = fs::metadata(&path).map_err(|error| failed(error.to_string()))?.len();
    if size > MAX_BUNDLE_BYTES {
        return Err(failed(format!("{size} bytes, expected at most {MAX_BUNDLE_BYTES}")));
    }
    let pem = fs::read(&path).map_err(|error| failed(error.to_string()))?;
    let has_certificate = String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----");
    if !has_certificate {
        return Err(failed("no certificate in PEM".to_owned()));
    }
    let store = TrustStore::empty().with_pem_certificate(pem);
    TlsContext::builder().with_trust_store(store).build().map_err(|error| failed(error.to_string()))
}
