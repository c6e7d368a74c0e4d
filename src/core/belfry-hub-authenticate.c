/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-private.h"

#include <string.h>

#include "belfry-error.h"
#include "belfry-log.h"

/* Who the sessions are, and for how long. */

/* A client is told that its token ends when a tenth of the token's time is left. */
#define EXPIRY_SHARE 10

/* Each attempt costs a signature to verify, or a question to a backend. */
#define MAX_FAILURES 5

/* Tokens end by the time that people go by, deadlines by one that never jumps. How often it is
 * looked at whether the two have parted, and from where on that matters. */
#define CLOCK_PAUSE (5 * G_USEC_PER_SEC)
#define CLOCK_STEP (G_USEC_PER_SEC / 2)

/* What a failed sign-in is closed with; those that are not here can be tried again. */
static const struct
{
  BelfryError error;
  guint code;
  const char *reason; /* (unowned) */
} closes[] = {
  { BELFRY_ERROR_AUTHENTICATION_FAILED, BELFRY_CLOSE_AUTHENTICATION_FAILED,
    "authentication failed" },
  { BELFRY_ERROR_TOKEN_EXPIRED, BELFRY_CLOSE_TOKEN_EXPIRED, "the token has expired" },
  { BELFRY_ERROR_FORBIDDEN, BELFRY_CLOSE_BLOCKED, "blocked by the administrator" },
  { BELFRY_ERROR_LIMIT_REACHED, BELFRY_CLOSE_TRY_LATER, "too many connections of this user" },
};

static void
join_user (BelfryHub *self, BelfryRecord *record)
{
  const char *user = belfry_identity_get_subject (record->identity);
  BelfryRecord *first = g_hash_table_lookup (self->by_user, user);

  record->joined = TRUE;
  record->user_prev = NULL;
  record->user_next = first;
  if (first != NULL)
    first->user_prev = record;
  /* Replaced with the name, which is in the identity of the record that is now the first. */
  g_hash_table_replace (self->by_user, (gpointer) user, record);
}

void
belfry_hub_forget_user (BelfryHub *self, BelfryRecord *record)
{
  BelfryRecord *next = record->user_next;

  if (!record->joined)
    return;
  record->joined = FALSE;
  if (next != NULL)
    next->user_prev = record->user_prev;
  if (record->user_prev != NULL)
    record->user_prev->user_next = next;
  else if (next != NULL)
    g_hash_table_replace (self->by_user, (gpointer) belfry_identity_get_subject (next->identity),
                          next);
  else
    g_hash_table_remove (self->by_user, belfry_identity_get_subject (record->identity));
  record->user_next = record->user_prev = NULL;
}

static guint
count_user (BelfryHub *self, const char *user)
{
  guint n = 0;

  for (const BelfryRecord *each = g_hash_table_lookup (self->by_user, user); each != NULL;
       each = each->user_next)
    n++;
  return n;
}

static void
on_expiry (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryRecord *record = user_data;
  BelfryHub *self = record->shard->hub;
  gint64 left = belfry_identity_get_expiry (record->identity) - belfry_clock_wall (self->clock);

  if (left <= 0)
    {
      belfry_hub_close (self, record, BELFRY_CLOSE_TOKEN_EXPIRED, "the token has expired");
      return;
    }
  if (!record->warned)
    {
      BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);

      notice->event = BELFRY_EVENT_EXPIRES;
      belfry_hub_tell (self, record, notice);
      record->warned = TRUE;
    }
  belfry_deadline_wheel_set_after (self->wheel, deadline, left);
}

static void
arm_expiry (BelfryHub *self, BelfryRecord *record)
{
  gint64 left = belfry_identity_get_expiry (record->identity) - belfry_clock_wall (self->clock);

  if (!record->warned)
    left -= MIN (self->limits.expiry_lead, left / EXPIRY_SHARE);
  belfry_deadline_wheel_set_after (self->wheel, &record->expiry, MAX (left, 0));
}

static gint64
clock_offset (BelfryHub *self)
{
  return belfry_clock_wall (self->clock) - belfry_clock_now (self->clock);
}

/* Somebody has set the clock, or the machine was asleep. */
static void
arm_all (BelfryHub *self)
{
  for (BelfryRecord *record = self->records; record != NULL; record = record->next)
    {
      if (belfry_deadline_is_set (&record->expiry))
        arm_expiry (self, record);
    }
}

void
belfry_hub_on_clock_check (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryHub *self = user_data;
  gint64 offset = clock_offset (self);

  if (ABS (offset - self->clock_offset) >= CLOCK_STEP)
    {
      arm_all (self);
      self->clock_offset = offset;
    }
  if (self->records != NULL)
    belfry_deadline_wheel_set_after (self->wheel, deadline, CLOCK_PAUSE);
}

static void
watch_clock (BelfryHub *self)
{
  if (belfry_deadline_is_set (&self->clock_check))
    return;
  self->clock_offset = clock_offset (self);
  belfry_deadline_wheel_set_after (self->wheel, &self->clock_check, CLOCK_PAUSE);
}

static void
watch_expiry (BelfryHub *self, BelfryRecord *record)
{
  belfry_deadline_cancel (&record->expiry);
  record->warned = FALSE;
  if (belfry_identity_get_expiry (record->identity) == 0)
    return;
  belfry_deadline_init (&record->expiry, on_expiry, record);
  arm_expiry (self, record);
  watch_clock (self);
}

/* What holds for everybody, whoever says that he is who he is. */
static gboolean
check_identity (BelfryHub *self, BelfryIdentity *identity, GError **error)
{
  const char *token_id = belfry_identity_get_token_id (identity);
  gint64 expiry = belfry_identity_get_expiry (identity);

  if (expiry != 0 && expiry <= belfry_clock_wall (self->clock))
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_TOKEN_EXPIRED, "the token has expired");
  else if (belfry_blocks_contains (self->blocked, belfry_identity_get_subject (identity)))
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN, "this user is blocked");
  else if (token_id != NULL && belfry_blocks_contains (self->revoked, token_id))
    g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN, "this token is revoked");
  else
    return TRUE;
  return FALSE;
}

/* What holds for a session: nobody becomes somebody else, and nobody too many. */
static gboolean
check_session (BelfryHub *self,
               const BelfryRecord *record,
               BelfryIdentity *identity,
               GError **error)
{
  const char *user = belfry_identity_get_subject (identity);

  if (record->identity != NULL)
    {
      if (strcmp (belfry_identity_get_subject (record->identity), user) == 0)
        return TRUE;
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_AUTHENTICATION_FAILED,
                   "the token is another user's");
      return FALSE;
    }
  if (self->limits.max_per_user > 0 && count_user (self, user) >= self->limits.max_per_user)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED,
                   "no more than %u connections of a user", self->limits.max_per_user);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check (BelfryHub *self, const BelfryRecord *record, BelfryIdentity *identity, GError **error)
{
  return check_identity (self, identity, error) && check_session (self, record, identity, error);
}

/* Who is known keeps what he has when a refresh fails, unless it shows that he is to be kept out.
 */
static gsize
find_close (const BelfryRecord *record, const GError *error)
{
  gsize i = 0;

  while (i < G_N_ELEMENTS (closes) && !g_error_matches (error, BELFRY_ERROR, closes[i].error))
    i++;
  if (record->identity != NULL && !g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN))
    i = G_N_ELEMENTS (closes);
  return i;
}

/* Who is known and shows what is no good again and again is closed all the same. That nobody can be
 * asked is not the client's fault. */
static gboolean
fails_too_often (BelfryRecord *record, const GError *error)
{
  if (g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE))
    return FALSE;
  return ++record->failures >= MAX_FAILURES;
}

/* The client is told why before it is told to go, and nothing that it asked for comes between.
 * @error: (transfer full) */
static void
turn_away (BelfryOperation *operation, GError *error)
{
  BelfryHub *self = operation->hub;
  BelfryRecord *record = operation->record;
  gboolean from_handshake = operation->notice->request == NULL;
  gboolean quiet = operation->quiet;
  gboolean is_temporary = g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  gsize i = find_close (record, error);
  gboolean too_often = fails_too_often (record, error);

  if (quiet && !g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN))
    {
      g_clear_pointer (&operation->notice, belfry_notice_free);
      belfry_operation_end (operation, error);
      return;
    }
  gboolean busy = record->busy;
  record->busy = TRUE;
  belfry_operation_end (operation, error);
  record->busy = busy != FALSE;
  if (i < G_N_ELEMENTS (closes))
    belfry_hub_close (self, record, closes[i].code, closes[i].reason);
  else if (too_often)
    belfry_hub_close (self, record, BELFRY_CLOSE_AUTHENTICATION_FAILED,
                      "authentication failed too often");
  else if (from_handshake && is_temporary)
    belfry_hub_close (self, record, BELFRY_CLOSE_TRY_LATER, "try again later");
  belfry_hub_advance (self, record);
}

static void
let_in (BelfryOperation *operation, BelfryIdentity *identity)
{
  BelfryHub *self = operation->hub;
  BelfryRecord *record = operation->record;
  gboolean is_first = record->identity == NULL;

  if (identity != NULL)
    {
      belfry_hub_forget_user (self, record);
      g_clear_pointer (&record->identity, belfry_identity_unref);
      record->identity = belfry_identity_ref (identity);
      join_user (self, record);
      watch_expiry (self, record);
      record->unreviewed = record->n_holdings > 0;
      belfry_hub_journal_authenticated (record);
      if (is_first)
        belfry_hub_tell_authenticated (self, record);
    }
  record->failures = 0;
  operation->notice->authenticated = TRUE;
  if (identity != NULL)
    operation->notice->identity = belfry_identity_ref (identity);
  belfry_operation_end (operation, NULL);
}

/* That somebody shows nothing, without being asked to, is nothing to tell of. */
static void
note_refusal (BelfryOperation *operation,
              GAsyncResult *result,
              BelfryIdentity *identity,
              const GError *error)
{
  BelfryHub *self = operation->hub;
  BelfryGateObjection objection;

  if (operation->quiet)
    return;
  belfry_gate_get_objection (self->gate, result, &objection);
  belfry_hub_journal_refused (&self->journal, operation->record, NULL,
                              identity != NULL ? belfry_identity_get_subject (identity) : NULL,
                              error, &objection);
}

/* A plugin may have closed the very session that it was asked about.
 *
 * @result: (nullable): the gate's, unless that said it at once
 * @error: (transfer full) (nullable): why there is no identity */
static void
end_sign_in (BelfryOperation *operation,
             GAsyncResult *result,
             BelfryIdentity *identity,
             GError *error)
{
  if (operation->hub == NULL)
    {
      g_clear_error (&error);
      return;
    }
  if (identity != NULL)
    check (operation->hub, operation->record, identity, &error);
  if (error != NULL)
    {
      note_refusal (operation, result, identity, error);
      turn_away (operation, belfry_hub_error_for_clients (error));
    }
  else
    let_in (operation, identity);
}

static void
on_authenticated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BelfryOperation) operation = user_data;
  GError *error = NULL;
  g_autoptr (BelfryIdentity) identity =
      belfry_gate_authenticate_finish (BELFRY_GATE (source), result, &error);

  end_sign_in (operation, result, identity, error);
}

gboolean
belfry_hub_let_in_again (BelfryHub *self, BelfryRecord *record, BelfryIdentity *identity)
{
  g_autoptr (GError) error = NULL;

  if (!check_identity (self, identity, &error))
    {
      gsize i = find_close (record, error);

      belfry_hub_close (self, record, closes[i].code, closes[i].reason);
      return FALSE;
    }
  record->identity = belfry_identity_ref (identity);
  join_user (self, record);
  watch_expiry (self, record);
  return TRUE;
}

static const BelfryOperationClass sign_in_class = { 0 };

void
belfry_hub_sign_in (BelfryHub *self,
                    BelfryRecord *record,
                    BelfryRequest *request,
                    const char *token)
{
  g_autoptr (BelfryOperation) operation =
      belfry_operation_ref (belfry_operation_new (self, &sign_in_class, record));
  g_autoptr (BelfryCredentials) credentials = belfry_record_make_credentials (record, token);
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, record->session);
  g_autoptr (BelfryIdentity) identity = NULL;
  GError *error = NULL;

  notice->event = request != NULL && request->kind == BELFRY_REQUEST_REFRESH
                      ? BELFRY_EVENT_REFRESHED
                      : BELFRY_EVENT_AUTHENTICATED;
  notice->answers = request != NULL;
  notice->request = request;
  operation->notice = notice;
  operation->quiet = request == NULL && token == NULL;
  if (belfry_gate_try_authenticate (self->gate, credentials, &identity, &error))
    end_sign_in (operation, NULL, identity, error);
  else
    belfry_gate_authenticate_async (self->gate, credentials,
                                    belfry_operation_get_cancellable (operation), on_authenticated,
                                    belfry_operation_ref (operation));
}

static void
on_caller_authenticated (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  BelfryHub *self = g_task_get_source_object (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (BelfryIdentity) identity =
      belfry_gate_authenticate_finish (BELFRY_GATE (source), result, &error);

  if (identity != NULL)
    check_identity (self, identity, &error);
  if (error != NULL)
    {
      BelfryGateObjection objection;

      belfry_gate_get_objection (BELFRY_GATE (source), result, &objection);
      belfry_hub_journal_refused (&self->journal, NULL,
                                  belfry_credentials_get_address (g_task_get_task_data (task)),
                                  identity != NULL ? belfry_identity_get_subject (identity) : NULL,
                                  error, &objection);
      g_task_return_error (task, g_steal_pointer (&error));
    }
  else
    g_task_return_pointer (task, g_steal_pointer (&identity),
                           (GDestroyNotify) belfry_identity_unref);
}

void
belfry_hub_authenticate_async (BelfryHub *self,
                               BelfryCredentials *credentials,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, belfry_hub_authenticate_async);
  g_task_set_task_data (task, belfry_credentials_ref (credentials),
                        (GDestroyNotify) belfry_credentials_unref);
  belfry_gate_authenticate_async (self->gate, credentials, cancellable, on_caller_authenticated,
                                  task);
}

BelfryIdentity *
belfry_hub_authenticate_finish (BelfryHub *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, belfry_hub_authenticate_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
