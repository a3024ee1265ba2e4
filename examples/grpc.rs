//! A gRPC server behind the layer, and a client whose channel adds tokens: a call for each status
//! that a refusal can have, a stream, and the health service, which is open by name.

use std::error::Error;

use http::uri::PathAndQuery;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{
    Code, Request, Status,
    client::Grpc,
    metadata::MetadataValue,
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint, Server, server::TcpIncoming},
};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;
use tower::{Layer, ServiceBuilder};
use tower_bearer::{
    Audience, Issuer, ResourceServer,
    client::{AddToken, AddTokenLayer, ClientCredentials, TokenClient},
    grpc::MethodScopes,
    issuer::{Account, Application, RunningIssuer, TokenIssuer},
    jwks::RemoteJwks,
};

use grpc_service::{Announcements, Codec, Text};

#[path = "shared/grpc_service.rs"]
mod grpc_service;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const AUDIENCE: &str = "urn:api:announcements";
const CREATE: &str = "/announce.v1.Announcements/Create";
const LIST: &str = "/announce.v1.Announcements/List";
const WATCH: &str = "/announce.v1.Announcements/Watch";
const UNLISTED: &str = "/announce.v1.Archive/Purge";

#[tokio::main]
async fn main() -> Outcome {
    let application = Application::new("announcements")
        .audience(AUDIENCE)
        .resource("announce", ["create", "read"]);
    let issuer = TokenIssuer::on_loopback().application(application).start().await?;
    let keys = RemoteJwks::new(issuer.jwks_uri().parse()?);
    let (address, server) = serve(&issuer, keys).await?;
    let channel = Endpoint::new(address.clone())?.connect_lazy();

    let health = HealthClient::new(channel.clone()).check(HealthCheckRequest::default()).await?;
    println!("without a token, health: {:?}", health.into_inner().status());
    let mut nobody = Grpc::new(channel.clone());
    refused("without a token", call(&mut nobody, LIST).await, Code::Unauthenticated)?;

    let tokens = tokens(&issuer, "reader", "announce:read")?;
    let mut reader = Grpc::new(with_tokens(&tokens, &channel, &address)?);
    println!("a reader lists: {}", call(&mut reader, LIST).await?);
    reader.ready().await?;
    let path = PathAndQuery::from_static(WATCH);
    let request = Request::new(Text { text: "watch".to_owned() });
    let mut stream = reader.server_streaming(request, path, Codec::default()).await?.into_inner();
    while let Some(message) = stream.message().await? {
        println!("a reader watches: {}", message.text);
    }
    let unlisted = call(&mut reader, UNLISTED).await;
    refused("a reader calls what is not listed", unlisted, Code::PermissionDenied)?;
    // The channel with tokens turns a missing scope into an error of its own, which says what is
    // missing.
    match call(&mut reader, CREATE).await {
        Err(status) => println!("a reader creates: {}", status.message()),
        Ok(_) => return Err("a reader created an announcement".into()),
    }
    // What the server sent is seen with a token by hand.
    let authorization = tokens.authorization().await?;
    let by_hand = InterceptedService::new(channel.clone(), move |mut request: Request<()>| {
        let value = MetadataValue::try_from(authorization.as_bytes());
        let value = value.map_err(|error| Status::internal(error.to_string()))?;
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    });
    let poor = call(&mut Grpc::new(by_hand), CREATE).await;
    refused("a reader creates by hand", poor, Code::PermissionDenied)?;

    // A second server, whose issuer cannot be reached.
    let gone = RemoteJwks::new("http://127.0.0.1:1/jwks".parse()?);
    let (lost_address, lost) = serve(&issuer, gone).await?;
    let channel = Endpoint::new(lost_address.clone())?.connect_lazy();
    let mut reader = Grpc::new(with_tokens(&tokens, &channel, &lost_address)?);
    refused("without keys", call(&mut reader, LIST).await, Code::Unavailable)?;

    server.abort();
    lost.abort();
    println!("every status is as it should be");
    Ok(())
}

async fn serve(issuer: &RunningIssuer, keys: RemoteJwks) -> Outcome<(String, JoinHandle<()>)> {
    let api = ResourceServer::builder(Issuer::new(issuer.url())?, Audience::new(AUDIENCE)?, keys)
        .allow_loopback_http()
        .grpc_statuses()
        .build()?;
    let methods = MethodScopes::new()
        .require(CREATE, "announce:create")
        .require("/announce.v1.Announcements/*", "announce:read")
        .open("/grpc.health.v1.Health/*")
        .build()?;
    let layer = ServiceBuilder::new().layer(api.layer().optional()).layer(methods).into_inner();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let (_, health) = tonic_health::server::health_reporter();
    let server = Server::builder()
        .layer(layer)
        .add_service(health)
        .add_service(Announcements)
        .serve_with_incoming(TcpIncoming::from(listener));
    let task = tokio::spawn(async move {
        if let Err(error) = server.await {
            eprintln!("the server stopped: {error}");
        }
    });
    Ok((address, task))
}

/// The client of a new account.
fn tokens(issuer: &RunningIssuer, account: &str, scope: &str) -> Outcome<TokenClient> {
    let account = Account::new(account).allow("announcements", scope);
    let account = issuer.create_account(account)?;
    let credentials = ClientCredentials::new(account.client_id, account.client_secret);
    let builder = TokenClient::builder(issuer.token_endpoint().parse()?, credentials);
    Ok(builder.audience(AUDIENCE).scope(scope).allow_loopback_http().build()?)
}

/// A channel that adds tokens.
fn with_tokens(
    tokens: &TokenClient,
    channel: &Channel,
    address: &str,
) -> Outcome<AddToken<Channel>> {
    let layer = AddTokenLayer::allow_loopback_http(tokens.clone(), address.parse()?)?;
    Ok(layer.relative_urls().layer(channel.clone()))
}

async fn call<S>(client: &mut Grpc<S>, method: &'static str) -> Result<String, Status>
where
    S: tonic::client::GrpcService<tonic::body::Body>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::ResponseBody: http_body_util::BodyExt<Data = bytes::Bytes> + Send + 'static,
    <S::ResponseBody as hyper::body::Body>::Error: Into<Box<dyn Error + Send + Sync>>,
{
    client.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let request = Request::new(Text { text: "the lift works again".to_owned() });
    let path = PathAndQuery::from_static(method);
    let answer = client.unary(request, path, Codec::default()).await?;
    Ok(answer.into_inner().text)
}

/// Prints a refusal, and fails if the call was not refused, or for another reason.
fn refused(who: &str, outcome: Result<String, Status>, expected: Code) -> Outcome {
    let Err(status) = outcome else { return Err(format!("{who}: was not refused").into()) };
    println!("{who}: {:?}: {}", status.code(), status.message());
    if let Some(challenge) = status.metadata().get("www-authenticate") {
        println!("  {}", challenge.to_str()?);
    }
    if let Some(info) = status.get_details_error_info() {
        println!("  {} of {}", info.reason, info.domain);
    }
    if let Some(retry) = status.get_details_retry_info() {
        println!("  retry after {:?}", retry.retry_delay);
    }
    if status.code() != expected {
        return Err(format!("{who}: expected {expected:?}, got {status:?}").into());
    }
    Ok(())
}
