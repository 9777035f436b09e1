//! The way to AWS from a person's machine: through proxies, and with other certificate authorities.

use std::fs;

use aws_config::profile::ProfileSet;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::SessionError;
use super::setting::FileSetting;

/// A file of certificate authorities is not larger: the one of a whole operating system has 300 KiB.
const MAX_BUNDLE_BYTES: u64 = 16 * 1024 * 1024;

/// Builds an HTTP client that honors HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, and AWS_CA_BUNDLE or the
/// `ca_bundle` of the profile.
///
/// # Errors
///
/// The file of certificate authorities cannot be read, has no certificate, or has one that is not understood.
pub(super) fn http_client(profiles: &ProfileSet) -> Result<SharedHttpClient, SessionError> {
    let tls = tls_context(profiles)?;
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls.clone()).build()
    });
    Ok(client)
}

/// The certificate authorities: those of a file, instead of the machine's own.
fn tls_context(profiles: &ProfileSet) -> Result<TlsContext, SessionError> {
    let Some(bundle) = FileSetting::of("AWS_CA_BUNDLE", "ca_bundle", profiles) else {
        return Ok(TlsContext::default());
    };
    let size = fs::metadata(&bundle.path).map_err(|error| bundle.wrong(error))?.len();
    if size > MAX_BUNDLE_BYTES {
        return Err(bundle.wrong(format!("{size} bytes, expected at most {MAX_BUNDLE_BYTES}")));
    }
    let pem = fs::read(&bundle.path).map_err(|error| bundle.wrong(error))?;
    check_certificates(&pem).map_err(|reason| bundle.wrong(reason))?;
    let store = TrustStore::empty().with_pem_certificate(pem);
    TlsContext::builder().with_trust_store(store).build().map_err(|error| bundle.wrong(error))
}

/// Refuses what the SDK would panic on.
fn check_certificates(pem: &[u8]) -> Result<(), String> {
    let mut store = RootCertStore::empty();
    for (place, certificate) in CertificateDer::pem_slice_iter(pem).enumerate() {
        let wrong = |reason: String| format!("certificate {}: {reason}", place + 1);
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        store.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if store.is_empty() { Err("no certificate in PEM".to_owned()) } else { Ok(()) }
}
