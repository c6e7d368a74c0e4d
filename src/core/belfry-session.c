/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-session"

#include "config.h"

#include "belfry-session-private.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "belfry-error.h"
#include "belfry-log-limit.h"

/* A client of a shard. Its requests become orders to the hub, and the hub's notices become events;
 * both keep their order, so all that is to be kept here is how many are on their way.
 *
 * Owned by the shard. Its transport frees it when the client is gone; the memory stays until the
 * hub has said that it will not name it any more. */

#define CLOSE_POLICY 1008

/* As many random bytes as an id's letters stand for. */
#define ID_BYTES (BELFRY_SESSION_ID_LENGTH / 4 * 3)

/* What a subscription takes at the least when it is written down. */
#define SUBSCRIPTION_SIZE 21

/* Which letter of base64 the first six bits become; "+" is written as "-". */
#define STARTS_WITH_DASH(bytes) ((bytes)[0] >> 2 == 62)

/* An administrator's tools would take one that begins with "-" for an option. */
static gboolean
make_id (char id[BELFRY_SESSION_ID_LENGTH + 1], GError **error)
{
  guint8 bytes[ID_BYTES];

  do
    {
      if (getrandom (bytes, sizeof bytes, 0) != (gssize) sizeof bytes)
        {
          belfry_error_set_errno (error, errno, "no random bytes for a session");
          return FALSE;
        }
    }
  while (STARTS_WITH_DASH (bytes));

  g_autofree char *text = g_base64_encode (bytes, sizeof bytes);

  g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
  g_strlcpy (id, text, BELFRY_SESSION_ID_LENGTH + 1);
  return TRUE;
}

static void
link_in (BelfrySession *self)
{
  BelfryShard *shard = self->shard;

  self->next = shard->sessions;
  if (self->next != NULL)
    self->next->prev = self;
  shard->sessions = self;
}

static void
link_out (BelfrySession *self)
{
  *(self->prev != NULL ? &self->prev->next : &self->shard->sessions) = self->next;
  if (self->next != NULL)
    self->next->prev = self->prev;
}

static void
count (BelfrySession *self, BelfryCoreMetric metric, guint64 n)
{
  belfry_core_slot_count (&self->shard->slot, metric, n);
}

static void
count_open (BelfrySession *self, gint64 delta)
{
  belfry_core_slot_add (&self->shard->slot,
                        belfry_core_metric_sessions (self->dialect, self->authenticated), delta);
}

/* What a request holds while it is on its way. */
static gsize
request_cost (const BelfryRequest *request)
{
  gsize cost = sizeof *request + request->n_topics * sizeof *request->topics;

  cost += request->id != NULL ? strlen (request->id) : 0;
  cost += request->token != NULL ? strlen (request->token) : 0;
  for (guint i = 0; i < request->n_topics; i++)
    cost += strlen (request->topics[i].topic);
  if (request->payload != NULL)
    cost += g_bytes_get_size (request->payload);
  return cost;
}

static void
send (BelfrySession *self, BelfryOrder *order)
{
  self->in_flight++;
  if (order->request != NULL)
    {
      gsize cost = request_cost (order->request);

      self->bytes += cost;
      self->shard->bytes += cost;
    }
  belfry_shard_send (self->shard, order);
}

static void
send_request (BelfrySession *self, BelfryRequest *request)
{
  BelfryOrder *order = belfry_order_new (BELFRY_ORDER_REQUEST, self->record);

  order->request = request;
  send (self, order);
}

/* A refusal has its turn like a request, but holds no more than the request's id.
 * @request: (transfer full) (nullable) */
static void
send_fault (BelfrySession *self, BelfryRequest *request, const GError *error)
{
  BelfryOrder *order = belfry_order_new (BELFRY_ORDER_FAULT, self->record);

  order->request = request;
  order->error = g_error_copy (error);
  send (self, order);
}

/* Returns: (transfer full): what a dialect needs of @request to answer it */
static BelfryRequest *
husk_of (const BelfryRequest *request)
{
  BelfryRequest *husk = belfry_request_new (request->kind, 0);

  husk->dialect_tag = request->dialect_tag;
  husk->id = g_strdup (request->id);
  return husk;
}

/* A single one always fits: how large it may be is somebody else's to say. */
static gboolean
fits (gsize cost, gsize bytes, gsize limit)
{
  return bytes == 0 || cost <= limit - MIN (bytes, limit);
}

/* Who is not signed in holds little: a few strangers could else fill what all share. */
static gboolean
fits_session (const BelfrySession *self, gsize cost)
{
  const BelfryShardLimits *limits = &self->shard->limits;

  if (self->authenticated)
    return fits (cost, self->bytes, limits->session_bytes);
  return cost <= limits->unknown_bytes - MIN (self->bytes, limits->unknown_bytes);
}

static gboolean
has_room (const BelfrySession *self, const BelfryRequest *request)
{
  const BelfryShardLimits *limits = &self->shard->limits;
  gsize cost = request_cost (request);

  return self->in_flight < limits->max_in_flight && fits_session (self, cost) &&
         fits (cost, self->shard->bytes, limits->shard_bytes);
}

/* Refusals are bounded, too: who goes on all the same is closed.
 * @request: (transfer full) (nullable): the husk of what is refused */
static void
refuse (BelfrySession *self, BelfryRequest *request, const GError *error)
{
  const BelfryShardLimits *limits = &self->shard->limits;
  g_autoptr (BelfryRequest) husk = request;

  if (self->in_flight < limits->max_in_flight + limits->max_refused &&
      (husk == NULL || fits_session (self, request_cost (husk))))
    send_fault (self, g_steal_pointer (&husk), error);
  else
    belfry_session_close (self, CLOSE_POLICY, "too many requests wait for an answer");
}

static void
limit_rate (BelfrySession *self, const BelfryRequest *request)
{
  g_autoptr (GError) error =
      g_error_new (BELFRY_ERROR, BELFRY_ERROR_RATE_LIMITED, "too many requests wait for an answer");

  count (self, BELFRY_CORE_METRIC_RATE_LIMITED, 1);
  refuse (self, husk_of (request), error);
}

static void
tell_error (BelfrySession *self,
            const BelfryRequest *request,
            const GError *error,
            const char *topic)
{
  BelfryEvent event = {
    .kind = BELFRY_EVENT_ERROR,
    .request = request,
    .error = error,
    .topic = topic,
  };

  belfry_session_tell (self, &event);
}

/* Leaves @position alone if the topic is only about to be entered. */
static void
current_position (BelfrySession *self, const char *topic, BelfryPosition *position)
{
  BelfryPosition current;

  if (belfry_subscriptions_get_position (self->shard->subscriptions, &self->subscriber, topic,
                                         &current))
    *position = current;
}

/* The topics that were granted, or not: those of @notice without an error. */
static GArray *
granted_topics (BelfrySession *self, const BelfryNotice *notice)
{
  GArray *topics = self->shard->topics;

  g_array_set_size (topics, 0);
  for (guint i = 0; i < notice->n_grants; i++)
    {
      const BelfryGrant *grant = &notice->grants[i];
      BelfryEventTopic topic = {
        .topic = grant->topic,
        .position = grant->position,
        .recovery = grant->recovery,
        .recovered = grant->recovered,
      };

      if (grant->error != NULL)
        continue;
      if (grant->repeated)
        current_position (self, grant->topic, &topic.position);
      g_array_append_val (topics, topic);
    }
  return topics;
}

static void
enter_grant (BelfrySession *self, const BelfryGrant *grant)
{
  BelfrySubscriptions *subscriptions = self->shard->subscriptions;
  guint64 n = 0;

  belfry_subscriptions_add (subscriptions, &self->subscriber, grant->topic, grant->is_pattern,
                            grant->slow_consumer, &grant->position);
  for (guint i = 0; grant->missed != NULL && i < grant->missed->len; i++)
    {
      BelfryMessage *message = g_ptr_array_index (grant->missed, i);

      if (belfry_subscriptions_deliver_to (subscriptions, &self->subscriber, grant->topic, message))
        n++;
    }
  if (n > 0)
    count (self, BELFRY_CORE_METRIC_MESSAGES_RECOVERED, n);
}

static void
apply_grants (BelfrySession *self, const BelfryNotice *notice)
{
  for (guint i = 0; i < notice->n_grants; i++)
    {
      const BelfryGrant *grant = &notice->grants[i];

      if (grant->error != NULL || grant->repeated)
        continue;
      if (notice->event == BELFRY_EVENT_SUBSCRIBED)
        enter_grant (self, grant);
      else
        belfry_subscriptions_remove (self->shard->subscriptions, &self->subscriber, grant->topic);
    }
}

/* Who unsubscribes gets nothing behind the answer; who subscribes, nothing before it. */
static void
tell_grants (BelfrySession *self, const BelfryNotice *notice)
{
  const GArray *topics = granted_topics (self, notice);
  BelfryEvent event = {
    .kind = notice->event,
    .request = notice->request,
    .n_topics = topics->len,
    .topics = (const BelfryEventTopic *) (gpointer) topics->data,
  };

  if (topics->len > 0)
    belfry_session_tell (self, &event);
  apply_grants (self, notice);
  for (guint i = 0; i < notice->n_grants; i++)
    {
      if (notice->grants[i].error != NULL)
        tell_error (self, notice->request, notice->grants[i].error, notice->grants[i].topic);
    }
}

/* A subscription that is lost, as when it is taken away. */
static void
tell_ended (BelfrySession *self, const BelfryGrant *grant)
{
  const BelfryEventTopic topic = { .topic = grant->topic };
  BelfryEvent event = { .kind = BELFRY_EVENT_UNSUBSCRIBED, .n_topics = 1, .topics = &topic };

  belfry_session_tell (self, &event);
  tell_error (self, NULL, grant->error, grant->topic);
}

static void
resume_grants (BelfrySession *self, const BelfryNotice *notice)
{
  for (guint i = 0; i < notice->n_grants; i++)
    {
      const BelfryGrant *grant = &notice->grants[i];

      if (grant->error != NULL)
        tell_ended (self, grant);
      else if (!grant->repeated)
        enter_grant (self, grant);
      if (grant->gap)
        belfry_session_tell_gap (self, grant->topic, "broker-lost");
    }
}

static void
tell_event (BelfrySession *self, const BelfryNotice *notice)
{
  BelfryEvent event = {
    .kind = notice->event,
    .request = notice->request,
    .topic = notice->topic,
    .reason = notice->text,
    .error = notice->error,
    .position = notice->position,
    .presence = notice->presence,
    .history = notice->history,
  };

  belfry_session_tell (self, &event);
}

static void
set_authenticated (BelfrySession *self, gboolean authenticated)
{
  if (self->authenticated == (authenticated ? 1 : 0))
    return;
  count_open (self, -1);
  self->authenticated = authenticated ? 1 : 0;
  count_open (self, 1);
  if (authenticated)
    self->sink->authenticated (self->client);
  else
    self->sink->unauthenticated (self->client);
}

static void
take_answer (BelfrySession *self, const BelfryNotice *notice)
{
  if (!notice->answers)
    return;
  self->in_flight--;
  if (notice->request != NULL)
    {
      gsize cost = request_cost (notice->request);

      self->bytes -= cost;
      self->shard->bytes -= cost;
    }
}

static void
answer_ping (BelfrySession *self, const BelfryRequest *request)
{
  BelfryEvent event = { .kind = BELFRY_EVENT_PONG, .request = request };

  belfry_session_tell (self, &event);
}

static void
answer_queued (BelfrySession *self, guint64 cookie)
{
  BelfryOrder *order = belfry_order_new (BELFRY_ORDER_QUEUED, self->record);

  order->cookie = cookie;
  order->value = self->gone ? 0 : self->sink->get_queued (self->client);
  belfry_shard_send (self->shard, order);
}

/* It is nobody else's, so there is nothing of which a loss could be told: who is too slow for it is
 * told to go. */
static void
deliver_own (BelfrySession *self, BelfryMessage *message)
{
  const BelfryDelivery delivery = { .slow_consumer = BELFRY_CONFIG_SLOW_DISCONNECT };

  if (belfry_session_is_open (self))
    self->sink->deliver (self->client, message, &delivery);
  atomic_fetch_sub_explicit (&self->shard->backlog, belfry_message_get_cost (message),
                             memory_order_relaxed);
}

static void
log_loss (BelfrySession *self, const char *topic)
{
  BelfryLogContext context = { .message_id = BELFRY_MESSAGE_CLIENT_LOST_MESSAGES };

  belfry_session_describe (self, &context);
  context.fields[BELFRY_SESSION_N_FIELDS] = (BelfryLogField){ "TOPIC", topic };
  belfry_log_limited (&self->shard->losses, BELFRY_LOG_INFO, &context,
                      "a client is too slow for “%s”: messages to it were dropped", topic);
}

static void
tell_lost (BelfrySubscriber *subscriber, const char *topic, gpointer user_data)
{
  BelfrySession *self = belfry_session_from_subscriber (subscriber);

  count (self, BELFRY_CORE_METRIC_GAPS_SLOW, 1);
  log_loss (self, topic);
  belfry_session_tell_gap (self, topic, "slow");
}

void
belfry_session_tell (BelfrySession *self, BelfryEvent *event)
{
  event->session = self->record->id;
  self->sink->event (self->client, event);
}

void
belfry_session_tell_gap (BelfrySession *self, const char *topic, const char *reason)
{
  BelfryEvent event = { .kind = BELFRY_EVENT_GAP, .topic = topic, .reason = reason };

  belfry_session_tell (self, &event);
}

void
belfry_session_tell_losses (BelfrySession *self)
{
  self->slow = FALSE;
  if (belfry_session_is_open (self))
    belfry_subscriptions_tell_lost (self->shard->subscriptions, &self->subscriber, tell_lost, NULL);
}

void
belfry_session_close (BelfrySession *self, guint code, const char *reason)
{
  if (!belfry_session_is_open (self))
    return;
  self->closing = TRUE;
  belfry_subscriptions_remove_all (self->shard->subscriptions, &self->subscriber);
  self->sink->close (self->client, code, reason);
}

void
belfry_session_take_notice (BelfrySession *self, BelfryNotice *notice)
{
  take_answer (self, notice);
  if (notice->kind == BELFRY_NOTICE_ASK)
    answer_queued (self, notice->cookie);
  if (notice->kind == BELFRY_NOTICE_SEND)
    deliver_own (self, notice->message);
  if (!belfry_session_is_open (self))
    return;
  if (notice->kind == BELFRY_NOTICE_CLOSE)
    belfry_session_close (self, notice->code, notice->text);
  if (notice->kind == BELFRY_NOTICE_STANDING)
    set_authenticated (self, notice->authenticated);
  if (notice->kind != BELFRY_NOTICE_EVENT)
    return;
  if (notice->resumes)
    resume_grants (self, notice);
  else if (notice->n_grants > 0)
    tell_grants (self, notice);
  else
    tell_event (self, notice);
  if (notice->authenticated)
    set_authenticated (self, TRUE);
  if (notice->identity != NULL)
    {
      g_clear_pointer (&self->identity, belfry_identity_unref);
      self->identity = g_steal_pointer (&notice->identity);
    }
}

void
belfry_session_destroy (BelfrySession *self)
{
  self->shard->bytes -= self->bytes;
  link_out (self);
  g_clear_pointer (&self->identity, belfry_identity_unref);
  g_free (self);
}

static BelfrySession *
begin (BelfryShard *shard, const BelfrySessionParams *params, const char *id)
{
  BelfrySession *self = g_new0 (BelfrySession, 1);

  self->shard = shard;
  self->sink = params->sink;
  self->client = params->client;
  self->dialect = params->dialect;
  self->record = belfry_record_new (shard, self, id, params);
  link_in (self);
  shard->n_open++;
  count_open (self, 1);
  count (self, BELFRY_CORE_METRIC_SESSIONS_OPENED, 1);
  return self;
}

static void
save_subscription (const char *topic, const BelfryPosition *position, gpointer user_data)
{
  BelfryStateWriter *writer = user_data;

  belfry_state_put_text (writer, topic);
  belfry_state_put_u64 (writer, position->epoch);
  belfry_state_put_u64 (writer, position->offset);
}

/* Returns: (transfer full): what the session had, as if it asked for it */
static BelfryRequest *
read_subscriptions (BelfryStateReader *reader)
{
  guint32 n = belfry_state_get_count (reader, SUBSCRIPTION_SIZE);
  BelfryRequest *request = belfry_request_new (BELFRY_REQUEST_SUBSCRIBE, n);

  for (guint32 i = 0; i < n; i++)
    {
      BelfryRequestTopic *topic = &request->topics[i];

      topic->topic = g_strdup (belfry_state_get_name (reader));
      topic->since.epoch = belfry_state_get_u64 (reader);
      topic->since.offset = belfry_state_get_u64 (reader);
      topic->has_since = belfry_position_is_set (&topic->since);
    }
  return request;
}

BelfrySession *
belfry_session_new (BelfryShard *shard, const BelfrySessionParams *params, GError **error)
{
  char id[BELFRY_SESSION_ID_LENGTH + 1];

  if (shard->wheel == NULL)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE, "the service is stopping");
      return NULL;
    }
  if (!make_id (id, error))
    return NULL;

  BelfrySession *self = begin (shard, params, id);
  BelfryOrder *order = belfry_order_new (BELFRY_ORDER_OPEN, self->record);

  order->token = g_strdup (params->token);
  send (self, order);
  return self;
}

/* What the record was made from does not change, so it may be read once more. */
gboolean
belfry_session_save (const BelfrySession *self, BelfryStateWriter *writer)
{
  if (!belfry_session_is_open (self) || self->in_flight > 0)
    return FALSE;
  belfry_state_put_text (writer, self->record->id);
  belfry_state_put_u8 (writer, self->authenticated);
  belfry_state_put_u8 (writer, self->faults);
  belfry_state_put_text (writer, belfry_record_get_origin (self->record));
  belfry_state_put_text (writer, belfry_record_get_certificate (self->record));
  belfry_state_put_u8 (writer, self->record->has_peer_credentials ? TRUE : FALSE);
  belfry_state_put_u32 (writer, self->record->uid);
  belfry_state_put_u32 (writer, (guint32) self->record->pid);
  belfry_state_put_u32 (writer, self->subscriber.n);
  belfry_subscriptions_visit (&self->subscriber, save_subscription, writer);
  return TRUE;
}

BelfrySession *
belfry_session_resume (BelfryShard *shard,
                       const BelfrySessionParams *params,
                       BelfryStateReader *reader,
                       GError **error)
{
  BelfrySessionParams whole = *params;
  const char *id = belfry_state_get_name (reader);
  guint8 authenticated = belfry_state_get_u8 (reader);
  guint8 faults = belfry_state_get_u8 (reader);

  whole.origin = belfry_state_get_text (reader);
  whole.certificate = belfry_state_get_text (reader);
  whole.has_peer_credentials = belfry_state_get_u8 (reader) != 0;
  whole.uid = belfry_state_get_u32 (reader);
  whole.pid = (gint) belfry_state_get_u32 (reader);
  g_autoptr (BelfryRequest) request = read_subscriptions (reader);
  if (!belfry_state_reader_is_good (reader) || strlen (id) != BELFRY_SESSION_ID_LENGTH)
    {
      g_set_error (error, BELFRY_ERROR, BELFRY_ERROR_INVALID_ARGUMENT,
                   "what was left of a session cannot be read");
      return NULL;
    }

  BelfrySession *self = begin (shard, &whole, id);
  BelfryOrder *order = belfry_order_new (BELFRY_ORDER_OPEN, self->record);

  count_open (self, -1);
  self->authenticated = authenticated != 0;
  count_open (self, 1);
  self->faults = faults;
  order->resumes = TRUE;
  order->request = g_steal_pointer (&request);
  send (self, order);
  return self;
}

void
belfry_session_free (BelfrySession *self, guint code, const char *reason)
{
  BelfryOrder *order = belfry_order_new (BELFRY_ORDER_CLOSE, self->record);

  g_return_if_fail (!self->gone);

  belfry_subscriptions_remove_all (self->shard->subscriptions, &self->subscriber);
  if (self->slow)
    g_ptr_array_remove_fast (self->shard->slow, self);
  count_open (self, -1);
  count (self, belfry_core_metric_closed (code), 1);
  self->shard->n_open--;
  self->gone = TRUE;
  self->client = NULL;
  order->code = code;
  order->text = g_strdup (reason);
  belfry_shard_send (self->shard, order);
}

const char *
belfry_session_get_id (const BelfrySession *self)
{
  return self->record->id;
}

void
belfry_session_describe (const BelfrySession *self, BelfryLogContext *context)
{
  const BelfryIdentity *identity = self->identity;

  context->fields[0] = (BelfryLogField){ "SESSION", self->record->id };
  context->fields[1] =
      (BelfryLogField){ "USER",
                        identity != NULL ? belfry_identity_get_subject (self->identity) : NULL };
  context->fields[2] = (BelfryLogField){ "DIALECT", self->dialect };
}

gboolean
belfry_session_is_authenticated (const BelfrySession *self)
{
  return self->authenticated;
}

void
belfry_session_request (BelfrySession *self, BelfryRequest *request)
{
  g_autoptr (BelfryRequest) owned = request;

  if (!belfry_session_is_open (self))
    return;
  if (self->faults > 0)
    self->faults--;
  if (request->kind == BELFRY_REQUEST_PING && self->in_flight == 0)
    answer_ping (self, request);
  else if (has_room (self, request))
    send_request (self, g_steal_pointer (&owned));
  else
    limit_rate (self, request);
}

void
belfry_session_fault (BelfrySession *self, const GError *error, const char *id)
{
  g_autoptr (BelfryRequest) request = NULL;

  if (!belfry_session_is_open (self))
    return;

  if (id != NULL)
    {
      request = belfry_request_new (BELFRY_REQUEST_PING, 0);
      request->id = g_strdup (id);
    }
  if (self->in_flight == 0)
    tell_error (self, request, error, NULL);
  else
    refuse (self, g_steal_pointer (&request), error);
  if (++self->faults > self->shard->limits.max_faults)
    belfry_session_close (self, CLOSE_POLICY, "too much that cannot be understood");
}

void
belfry_session_dropped (BelfrySession *self, guint32 key)
{
  if (!belfry_session_is_open (self) ||
      !belfry_subscriptions_lose (self->shard->subscriptions, &self->subscriber, key))
    return;
  if (!self->slow)
    belfry_shard_note_slow (self->shard, self);
  self->slow = TRUE;
}
