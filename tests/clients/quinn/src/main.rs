//! Carries requests over QUIC as the official Rust client does, on the same library: one stream a
//! request, written in three pieces, finished, and read to its end. A line in is `LABEL HEX`, a
//! line out `LABEL HEX` or `LABEL error TEXT`; lines with different labels are under way at once.
//! Usage: veltro-quinn ADDRESS [ALPN]

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, IdleTimeout, TransportConfig, VarInt};
use rustls::DigitallySignedStruct;
use rustls::SignatureScheme;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

const RESPONSE_BYTES_MAX: usize = 10_000_000;
const SERVER_NAME: &str = "localhost";

/// Takes every certificate whose key is the one kind that the official client offers.
#[derive(Debug)]
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// The official client's defaults (protocol section 1.5).
fn transport() -> Result<TransportConfig, Box<dyn Error + Send + Sync>> {
    let mut transport = TransportConfig::default();
    transport.initial_mtu(1200);
    transport.send_window(100_000);
    transport.receive_window(VarInt::from_u32(100_000));
    transport.datagram_send_buffer_size(100_000);
    transport.max_concurrent_bidi_streams(VarInt::from_u32(10_000));
    transport.keep_alive_interval(Some(Duration::from_millis(5000)));
    transport.max_idle_timeout(Some(IdleTimeout::try_from(Duration::from_millis(10_000))?));
    Ok(transport)
}

async fn connect(
    address: SocketAddr,
    protocol: Option<String>,
) -> Result<(Endpoint, Connection), Box<dyn Error + Send + Sync>> {
    let mut tls = rustls::ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    tls.alpn_protocols = protocol.into_iter().map(String::into_bytes).collect();
    let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls)?));
    config.transport_config(Arc::new(transport()?));
    let mut endpoint = Endpoint::client("127.0.0.1:0".parse()?)?;
    endpoint.set_default_client_config(config);
    let connection = endpoint.connect(address, SERVER_NAME)?.await?;
    Ok((endpoint, connection))
}

async fn exchange(
    connection: &Connection,
    frame: &[u8],
) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let (mut send, mut receive) = connection.open_bi().await?;
    let code_end = frame.len().min(8);
    send.write_all(&frame[..frame.len().min(4)]).await?;
    send.write_all(&frame[frame.len().min(4)..code_end]).await?;
    send.write_all(&frame[code_end..]).await?;
    send.finish()?;
    Ok(receive.read_to_end(RESPONSE_BYTES_MAX).await?)
}

fn from_hex(text: &str) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let pairs = (0..text.len()).step_by(2);
    Ok(pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16))
        .collect::<Result<_, _>>()?)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn answer(connection: Connection, line: String) -> String {
    let (label, hex) = line.split_once(' ').unwrap_or((line.as_str(), ""));
    let outcome = match from_hex(hex) {
        Ok(frame) => exchange(&connection, &frame).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(response) => format!("{label} {}", to_hex(&response)),
        Err(error) => format!("{label} error {error}"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("no address")?.parse()?;
    let (endpoint, connection) = match connect(address, arguments.next()).await {
        Ok(connected) => connected,
        Err(error) => {
            println!("refused {error}");
            return Ok(());
        }
    };
    println!("connected");
    let mut lines = BufReader::new(stdin()).lines();
    let mut answers = Vec::new();
    while let Some(line) = lines.next_line().await? {
        let connection = connection.clone();
        answers.push(tokio::spawn(async move {
            println!("{}", answer(connection, line).await);
        }));
    }
    for answer in answers {
        answer.await?;
    }
    connection.close(VarInt::from_u32(0), b"");
    endpoint.wait_idle().await;
    Ok(())
}
