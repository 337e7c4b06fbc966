//! `Users`.

use crm_kit::error::Violations;
use crm_kit::service::Context;
use crm_kit::store::Count;
use crm_kit::{Access, Error, ListQuery, Result, Tx, id, message, store};
use crm_protos::identity::v1::users_server::Users;
use crm_protos::identity::v1::{
    ActivateUserRequest, BatchGetUsersRequest, BatchGetUsersResponse, CountUsersRequest, CountUsersResponse,
    CreateUserRequest, DisableUserRequest, EnableUserRequest, GetMeRequest, GetUserRequest, ListUsersRequest,
    ListUsersResponse, Me, MoveUserRequest, ResendInvitationRequest, ResetSecondFactorRequest,
    UpdateMeRequest, UpdateUserRequest, User,
};
use tonic::{Request, Response, Status};

mod form;

use super::callers;
use super::passwords::Passwords;
use crate::domain::token::Kind;
use crate::jobs;
use crate::store::user::{ACTIVE, DISABLED, Entity, INVITED, Model, PERSON};
use crate::store::{api_key, one_time_token, organization, session, user};
use form::answer;

/// Serves `Users`.
pub struct UsersService {
    /// What the service was given.
    pub context: Context,
    /// Sets first passwords.
    pub passwords: Passwords,
}

#[async_trait::async_trait]
impl Users for UsersService {
    async fn create_user(&self, request: Request<CreateUserRequest>) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            let user = request.user.unwrap_or_default();
            let write = self.context.db.write(access, async |tx| {
                organization::lock(tx).await?;
                let model = form::model(tx, Model::default(), &user).await?;
                let created = tx.insert::<Entity>("created", model).await?;
                if created.status == INVITED {
                    jobs::invite(tx, created.id).await?;
                }
                Ok(answer(&created))
            });
            write.await
        })
        .await
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            let found = store::get::<Entity>(self.context.db.connection(), access, &request.id).await?;
            Ok(answer(&found))
        })
        .await
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let found =
                store::batch_get::<Entity>(self.context.db.connection(), access, &request.ids).await?;
            Ok(BatchGetUsersResponse { users: found.iter().map(answer).collect() })
        })
        .await
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let ListUsersRequest { page_size, page_token, filter, order_by, query } = request;
            let list = ListQuery { page_size, page_token, filter, order_by, query, ..ListQuery::default() };
            let page = store::list::<Entity>(&self.context.db, access, &list).await?;
            let users = page.items.iter().map(answer).collect();
            Ok(ListUsersResponse { users, next_page_token: page.next_page_token })
        })
        .await
    }

    async fn count_users(
        &self,
        request: Request<CountUsersRequest>,
    ) -> Result<Response<CountUsersResponse>, Status> {
        crm_kit::call(request, async |access, request| {
            let list = ListQuery { filter: request.filter, query: request.query, ..ListQuery::default() };
            let Count { count, truncated } = store::count::<Entity>(&self.context.db, access, &list).await?;
            Ok(CountUsersResponse { count, truncated })
        })
        .await
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.user.unwrap_or_default();
            self.change(access, &patch.id, "updated", &patch.etag, async |tx, before| {
                let merged = message::merge(&answer(&before), &patch, request.update_mask.as_ref())?;
                let after = form::model(tx, before.clone(), &merged).await?;
                if after.email != before.email {
                    form::check_within(tx, &before).await?;
                    // What was mailed to the old address is nobody's business any more.
                    one_time_token::end_all(tx, before.id, "address_changed").await?;
                    if before.status == INVITED {
                        jobs::invite(tx, before.id).await?;
                    }
                }
                Ok(after)
            })
            .await
        })
        .await
    }

    async fn resend_invitation(
        &self,
        request: Request<ResendInvitationRequest>,
    ) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            let write = self.context.db.write(access, async |tx| {
                let user = store::get::<Entity>(tx.connection(), access, &request.id).await?;
                if user.status != INVITED {
                    return Err(Error::precondition("NOT_INVITED", "the user has no invitation to accept"));
                }
                jobs::invite(tx, user.id).await?;
                Ok(answer(&user))
            });
            write.await
        })
        .await
    }

    async fn enable_user(&self, request: Request<EnableUserRequest>) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            self.change(access, &request.id, "enabled", "", async |_, before| {
                if before.status != DISABLED {
                    return Err(Error::precondition("NOT_DISABLED", "the user is not shut out"));
                }
                let invited = before.kind == PERSON && before.password_hash.is_empty();
                let status = if invited { INVITED } else { ACTIVE };
                Ok(Model { status: status.to_owned(), ..before })
            })
            .await
        })
        .await
    }

    async fn disable_user(&self, request: Request<DisableUserRequest>) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            self.change(access, &request.id, "disabled", "", async |tx, before| {
                session::end_all(tx, before.id, None, "user_disabled").await?;
                api_key::revoke_all(tx, before.id).await?;
                one_time_token::end_all(tx, before.id, "user_disabled").await?;
                Ok(Model { status: DISABLED.to_owned(), ..before })
            })
            .await
        })
        .await
    }

    async fn move_user(&self, request: Request<MoveUserRequest>) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            self.change(access, &request.id, "moved", "", async |tx, before| {
                let mut violations = Violations::default();
                let department_id =
                    form::department(tx, &request.department_id, "department_id", &mut violations).await?;
                violations.finish()?;
                Ok(Model { department_id, ..before })
            })
            .await
        })
        .await
    }

    async fn reset_second_factor(
        &self,
        request: Request<ResetSecondFactorRequest>,
    ) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            let reset = async |tx: &Tx, before: Model| {
                form::check_within(tx, &before).await?;
                Ok(before.without_second_factor())
            };
            self.change(access, &request.id, "second_factor_reset", "", reset).await
        })
        .await
    }

    async fn activate_user(&self, request: Request<ActivateUserRequest>) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            let token = (Kind::Invitation, &*request.token);
            let activate = async |_: &Tx, user: Model| match user.status.as_str() {
                INVITED => Ok(Model { status: ACTIVE.to_owned(), ..user }),
                _ => Err(one_time_token::invalid()),
            };
            let password = (request.password, "password");
            let user = self.passwords.set_by_token(access, token, password, "activated", activate).await?;
            Ok(answer(&user))
        })
        .await
    }

    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<Me>, Status> {
        crm_kit::call(request, async |access, _| {
            let query = store::tenant::<Entity>(access.organization());
            let user = store::by_id(self.context.db.connection(), query, access.user()).await?;
            let caller = access.caller().to_proto();
            Ok(Me {
                user: Some(answer(&user)),
                grants: caller.grants,
                field_rules: caller.field_rules,
                password_change_required: user.password_change_required,
                second_factor: user.second_factor,
            })
        })
        .await
    }

    async fn update_me(&self, request: Request<UpdateMeRequest>) -> Result<Response<User>, Status> {
        crm_kit::call(request, async |access, request| {
            let patch = request.user.unwrap_or_default();
            if !patch.id.is_empty() && patch.id != access.user().to_string() {
                return Err(Error::NotFound);
            }
            let write = self.context.db.write(access, async |tx| {
                let query = store::tenant::<Entity>(access.organization());
                let before = user::locked(tx, query, access.user()).await?;
                let mine = answer(&before);
                let merged = message::merge(&mine, &patch, request.update_mask.as_ref())?;
                let User { display_name, language, .. } = merged.clone();
                if merged != (User { display_name, language, etag: merged.etag.clone(), ..mine }) {
                    let advice = "change the name and the language only, ask an administrator for the rest";
                    return Err(Error::invalid("user", "FIELD_READ_ONLY", advice));
                }
                let after = form::model(tx, before.clone(), &merged).await?;
                let updated = tx.update::<Entity>("updated", before, after, &patch.etag).await?;
                Ok(answer(&updated))
            });
            write.await
        })
        .await
    }
}

impl UsersService {
    /// Changes a user whom the caller reaches; the next request of the user is judged by what has changed.
    async fn change(
        &self,
        access: &Access,
        id: &str,
        verb: &str,
        etag: &str,
        change: impl AsyncFnOnce(&Tx, Model) -> Result<Model>,
    ) -> Result<User> {
        let db = &self.context.db;
        let write = db.write(access, async |tx| {
            organization::lock(tx).await?;
            let before = user::locked(tx, store::select::<Entity>(access)?, id::parse(id)?).await?;
            let after = change(tx, before.clone()).await?;
            let fewer = before.status != after.status || before.role_ids != after.role_ids;
            let updated = tx.update::<Entity>(verb, before, after, etag).await?;
            if fewer {
                user::require_administrator(tx).await?;
            }
            Ok(answer(&updated))
        });
        let updated = write.await?;
        callers::forget(&self.context, access.organization()).await;
        Ok(updated)
    }
}
