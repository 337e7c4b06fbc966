//! How often somebody may try what could be guessed; counted for all processes together, before any work is done.

use crm_kit::access::network;
use crm_kit::cache::Limit;
use crm_kit::crypto::sha256;
use crm_kit::service::Context;
use crm_kit::{Error, Result};
use uuid::Uuid;

/// How often mails can be asked for one address: nobody's mailbox is to be filled.
const MAILS: Limit = Limit { burst: 3, per_second: 0.002 };

/// One try to sign in.
pub(super) async fn sign_in(context: &Context, email: &str, address: &str) -> Result<()> {
    let security = &context.settings.security;
    // The address first: somebody who is held back there does not use up what the account may.
    take(context, "sign-in-address", &network(address), &security.sign_in_per_address).await?;
    take(context, "sign-in-account", email, &security.sign_in_per_account).await
}

/// One try of the password of somebody who is signed in.
pub(super) async fn password(context: &Context, user: Uuid) -> Result<()> {
    take(context, "password", &user.to_string(), &context.settings.security.sign_in_per_account).await
}

/// One mail that somebody who is not signed in asks for.
pub(super) async fn mail(context: &Context, email: &str, address: &str) -> Result<()> {
    take(context, "mail-address", &network(address), &context.settings.security.sign_in_per_address).await?;
    take(context, "mail-account", email, &MAILS).await
}

async fn take(context: &Context, what: &str, whose: &str, limit: &Limit) -> Result<()> {
    // What is typed may be of any length, and is nobody's business in a cache.
    let key = format!("identity:{what}:{}", hex::encode(&sha256(&[whose.as_bytes()])[..16]));
    context.cache.take(&key, limit).await.map_err(|retry_after| Error::Limited { retry_after })
}
