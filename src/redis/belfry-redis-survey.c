/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-redis-survey"

#include "config.h"

#include "belfry-redis-survey.h"

#include <string.h>

#include "belfry-backoff.h"
#include "belfry-log.h"

/* A round asks candidates in turn until one has a whole map. Whoever names a better place to ask,
 * while a round is under way, has another round follow it. Connections are short: a survey is rare,
 * and what is known of a connection that has long been silent is little. */

#define SECOND ((gint64) G_USEC_PER_SEC)
#define MILLISECOND ((gint64) 1000)

/* Of one node: there are others. */
#define ASK_TIMEOUT (1 * SECOND)

/* Between two rounds, so that many who ask make few rounds. */
#define PAUSE (20 * MILLISECOND)

/* After rounds without an answer. */
#define RETRY_MIN (100 * MILLISECOND)
#define RETRY_MAX (500 * MILLISECOND)

/* Without any news: what nobody has told us. */
#define IDLE_INTERVAL (60 * SECOND)

/* All slots, each with a range of its own and two replicas. */
#define LIMITS                                                                                     \
  {                                                                                                \
    8 * 1024 * 1024, 512 * 1024, 6                                                                 \
  }

struct _BelfryRedisSurvey
{
  BelfryRedisUrl *url;                     /* (owned) */
  const BelfryRedisTls *tls;               /* (unowned) (nullable) */
  BelfryDeadlineWheel *wheel;              /* (unowned) */
  char *client_name;                       /* (owned) */
  const BelfryRedisSurveyHandler *handler; /* (unowned) */
  gpointer user_data;                      /* (unowned) */
  BelfryRedisConnection *asking;           /* (owned) (nullable) */
  BelfryRedisUrl *asked;                   /* (owned) (nullable): who is asked */
  BelfryRedisSlots *slots;                 /* (owned) (nullable) */
  GQueue candidates;                       /* (element-type BelfryRedisUrl) (owned) */
  char *preferred;                         /* (owned) (nullable) */
  BelfryDeadline timer;                    /* of the next round */
  BelfryBackoff backoff;
  guint turn; /* who comes first of those that are alike */
  gboolean again;
};

static void
hang_up (BelfryRedisSurvey *self)
{
  g_autoptr (BelfryRedisConnection) old = g_steal_pointer (&self->asking);

  if (old != NULL)
    belfry_redis_connection_close (old);
  g_clear_pointer (&self->asked, belfry_redis_url_unref);
}

static void
forget_candidates (BelfryRedisSurvey *self)
{
  g_queue_clear_full (&self->candidates, (GDestroyNotify) belfry_redis_url_unref);
}

/* Those whose host is none are left out. */
static void
add_candidate (BelfryRedisSurvey *self, const char *host, const char *port)
{
  BelfryRedisUrl *url = belfry_redis_url_new_at (self->url, host, port, NULL);

  if (url != NULL)
    g_queue_push_tail (&self->candidates, url);
}

static void
add_preferred (BelfryRedisSurvey *self)
{
  g_autofree char *address = g_steal_pointer (&self->preferred);
  char *space = address != NULL ? strchr (address, ' ') : NULL;

  if (space == NULL)
    return;
  *space = '\0';
  add_candidate (self, address, space + 1);
}

static void
gather_candidates (BelfryRedisSurvey *self)
{
  guint n_nodes = self->slots != NULL ? belfry_redis_slots_get_n_nodes (self->slots) : 0;
  guint n_seeds = belfry_redis_url_get_n_seeds (self->url);

  self->turn++;
  add_preferred (self);
  for (guint i = 0; i < n_nodes; i++)
    {
      guint node = (i + self->turn) % n_nodes;

      add_candidate (self, belfry_redis_slots_get_host (self->slots, node),
                     belfry_redis_slots_get_port (self->slots, node));
    }
  for (guint i = 0; i < n_seeds; i++)
    g_queue_push_tail (&self->candidates,
                       belfry_redis_url_ref (
                           belfry_redis_url_get_seed (self->url, (i + self->turn) % n_seeds)));
}

static void
wait_for_round (BelfryRedisSurvey *self, gint64 delay)
{
  hang_up (self);
  forget_candidates (self);
  belfry_deadline_wheel_set_after (self->wheel, &self->timer, self->again ? PAUSE : delay);
  self->again = FALSE;
}

static void ask_next (BelfryRedisSurvey *self);

static void
give_up_current (BelfryRedisSurvey *self, BelfryRedisFault fault, const GError *error)
{
  belfry_log_debug ("no map from a node of the cluster: %s", error->message);
  hang_up (self);
  if (!g_queue_is_empty (&self->candidates))
    {
      ask_next (self);
      return;
    }
  wait_for_round (self, belfry_backoff_next (&self->backoff));
  self->handler->failed (fault, error, self->user_data);
}

static void
take_answer (BelfryRedisSurvey *self, const BelfryRedisReply *reply)
{
  g_autoptr (GError) error = NULL;
  BelfryRedisSlots *slots =
      belfry_redis_slots_read (reply, belfry_redis_url_get_host (self->asked), &error);

  if (slots == NULL)
    {
      gboolean holes = g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);

      g_prefix_error (&error, "%s: ", belfry_redis_url_get_shown (self->asked));
      give_up_current (self, holes ? BELFRY_REDIS_FAULT_CLUSTERDOWN : BELFRY_REDIS_FAULT_PROTOCOL,
                       error);
      return;
    }

  g_autoptr (BelfryRedisSlots) before = g_steal_pointer (&self->slots);

  self->slots = slots;
  belfry_backoff_reset (&self->backoff);
  wait_for_round (self, IDLE_INTERVAL);
  self->handler->found (slots, before, self->user_data);
}

static void
on_answered (const BelfryRedisReply *reply,
             BelfryRedisFault fault,
             const GError *error,
             gpointer user_data)
{
  BelfryRedisSurvey *self = user_data;

  if (reply == NULL)
    return;
  if (fault != BELFRY_REDIS_FAULT_NONE)
    give_up_current (self, fault, error);
  else
    take_answer (self, reply);
}

static void
on_opened (BelfryRedisConnection *connection, gpointer user_data)
{
  BelfryRedisSurvey *self = user_data;
  const BelfryRedisCommand command = {
    .argv = (const char *const[]){ "CLUSTER", "SLOTS", NULL },
    .timeout = ASK_TIMEOUT,
    .callback = on_answered,
    .user_data = self,
  };
  g_autoptr (GError) error = NULL;

  if (!belfry_redis_connection_send (connection, &command, &error))
    give_up_current (self, BELFRY_REDIS_FAULT_LOST, error);
}

static void
on_closed (BelfryRedisConnection *connection,
           BelfryRedisFault fault,
           const GError *error,
           gpointer user_data)
{
  BelfryRedisSurvey *self = user_data;

  if (connection == self->asking)
    give_up_current (self, fault, error);
}

static const BelfryRedisHandler asker = {
  .opened = on_opened,
  .closed = on_closed,
};

static void
ask_next (BelfryRedisSurvey *self)
{
  self->asked = g_queue_pop_head (&self->candidates);

  const BelfryRedisSettings settings = {
    .url = self->asked,
    .tls = self->tls,
    .wheel = self->wheel,
    .client_name = self->client_name,
    .open_timeout = ASK_TIMEOUT,
    .user_timeout = ASK_TIMEOUT,
    .max_output = 64 * 1024,
    .max_pending = 16,
    .limits = LIMITS,
  };

  self->asking = belfry_redis_connection_new (&settings, &asker, self);
  belfry_redis_connection_open (self->asking);
}

static void
on_timer (BelfryDeadline *deadline, gpointer user_data)
{
  BelfryRedisSurvey *self = user_data;

  gather_candidates (self);
  ask_next (self);
}

BelfryRedisSurvey *
belfry_redis_survey_new (BelfryRedisUrl *url,
                         const BelfryRedisTls *tls,
                         BelfryDeadlineWheel *wheel,
                         const char *client_name,
                         const BelfryRedisSurveyHandler *handler,
                         gpointer user_data)
{
  BelfryRedisSurvey *self = g_new0 (BelfryRedisSurvey, 1);

  self->url = belfry_redis_url_ref (url);
  self->tls = tls;
  self->wheel = wheel;
  self->client_name = g_strdup (client_name);
  self->handler = handler;
  self->user_data = user_data;
  g_queue_init (&self->candidates);
  belfry_deadline_init (&self->timer, on_timer, self);
  belfry_backoff_init (&self->backoff, RETRY_MIN, RETRY_MAX, g_random_int ());
  return self;
}

void
belfry_redis_survey_free (BelfryRedisSurvey *self)
{
  belfry_redis_survey_close (self);
  g_clear_pointer (&self->slots, belfry_redis_slots_free);
  belfry_redis_url_unref (self->url);
  g_free (self->client_name);
  g_free (self);
}

void
belfry_redis_survey_ask (BelfryRedisSurvey *self, const char *address)
{
  if (address != NULL)
    {
      g_free (self->preferred);
      self->preferred = g_strdup (address);
    }
  if (self->asking != NULL)
    self->again = TRUE;
  else if (!belfry_deadline_is_set (&self->timer) ||
           belfry_deadline_remaining (&self->timer) > PAUSE)
    belfry_deadline_wheel_set_after (self->wheel, &self->timer, PAUSE);
}

const BelfryRedisSlots *
belfry_redis_survey_get_slots (const BelfryRedisSurvey *self)
{
  return self->slots;
}

void
belfry_redis_survey_close (BelfryRedisSurvey *self)
{
  belfry_deadline_cancel (&self->timer);
  hang_up (self);
  forget_candidates (self);
  g_clear_pointer (&self->preferred, g_free);
}
