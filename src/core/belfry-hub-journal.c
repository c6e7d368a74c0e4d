/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-hub"

#include "config.h"

#include "belfry-hub-journal.h"

#include "belfry-error.h"

/* The words and fields of the hub's lines. The fields are of those whom a line is about, so that
 * all lines on a session, a user or a topic can be asked for. */

static const char *const actions[] = {
  [BELFRY_TOPIC_ACTION_SUBSCRIBE] = "subscribe to",
  [BELFRY_TOPIC_ACTION_PUBLISH] = "publish to",
  [BELFRY_TOPIC_ACTION_PRESENCE] = "see who is in",
  [BELFRY_TOPIC_ACTION_HISTORY] = "read the history of",
};

static const char *
user_of (BelfryIdentity *identity)
{
  return identity != NULL ? belfry_identity_get_subject (identity) : NULL;
}

static const char *
plugin_of (const BelfryGateObjection *objection)
{
  return objection != NULL ? objection->plugin : NULL;
}

static BelfryLogContext
context_for (const char *message_id,
             const BelfryRecord *record,
             const char *user,
             const char *topic,
             const BelfryGateObjection *objection)
{
  return (BelfryLogContext){
    .message_id = message_id,
    .fields = {
      { "SESSION", record != NULL ? record->id : NULL },
      { "USER", user },
      { "TOPIC", topic },
      { "PEER", record != NULL ? record->text : NULL },
      { "DIALECT", record != NULL ? record->dialect : NULL },
      { "PLUGIN", plugin_of (objection) },
    },
  };
}

/* Who said no, and in which words: `; the plugin jwt says: the signature is wrong`. */
static char *
describe_objection (const BelfryGateObjection *objection)
{
  if (plugin_of (objection) == NULL)
    return g_strdup ("");
  return objection->reason != NULL
             ? g_strdup_printf ("; the plugin %s says: %s", objection->plugin, objection->reason)
             : g_strdup_printf ("; the plugin %s says no", objection->plugin);
}

void
belfry_hub_journal_init (BelfryHubJournal *self, BelfryDeadlineWheel *wheel)
{
  belfry_log_limit_init (&self->refused, wheel, "somebody was not let in");
  belfry_log_limit_init (&self->crowded, wheel, "a user has too many connections");
  belfry_log_limit_init (&self->forbidden, wheel, "something was not allowed");
  belfry_log_limit_init (&self->filtered, wheel, "a message was refused");
  belfry_log_limit_init (&self->backlog, wheel, "a worker is too far behind");
}

void
belfry_hub_journal_clear (BelfryHubJournal *self)
{
  belfry_log_limit_clear (&self->refused);
  belfry_log_limit_clear (&self->crowded);
  belfry_log_limit_clear (&self->forbidden);
  belfry_log_limit_clear (&self->filtered);
  belfry_log_limit_clear (&self->backlog);
}

void
belfry_hub_journal_authenticated (const BelfryRecord *record)
{
  const BelfryLogContext context =
      context_for (NULL, record, user_of (record->identity), NULL, NULL);

  belfry_log_event (BELFRY_LOG_DEBUG, &context, "session %s is known, from %s", record->id,
                    record->text);
}

void
belfry_hub_journal_refused (BelfryHubJournal *self,
                            const BelfryRecord *record,
                            const char *peer,
                            const char *user,
                            const GError *error,
                            const BelfryGateObjection *objection)
{
  gboolean crowded = g_error_matches (error, BELFRY_ERROR, BELFRY_ERROR_LIMIT_REACHED);
  const char *where = record != NULL ? record->text : peer;
  BelfryLogContext context =
      context_for (crowded ? BELFRY_MESSAGE_USER_LIMIT : BELFRY_MESSAGE_AUTHENTICATION_REFUSED,
                   record, user, NULL, objection);
  g_autofree char *objector = describe_objection (objection);

  context.fields[3].value = where;
  belfry_log_limited (crowded ? &self->crowded : &self->refused, BELFRY_LOG_INFO, &context,
                      "not let in, from %s: %s%s", where != NULL ? where : "somewhere",
                      error->message, objector);
}

void
belfry_hub_journal_forbidden (BelfryHubJournal *self,
                              const BelfryRecord *record,
                              BelfryIdentity *identity,
                              BelfryTopicAction action,
                              const char *topic,
                              const BelfryGateObjection *objection)
{
  const char *user = user_of (identity);
  const BelfryLogContext context =
      context_for (BELFRY_MESSAGE_FORBIDDEN, record, user, topic, objection);
  g_autofree char *objector = describe_objection (objection);

  belfry_log_limited (&self->forbidden, BELFRY_LOG_INFO, &context, "%s may not %s the topic “%s”%s",
                      user != NULL ? user : "somebody unknown", actions[action], topic,
                      *objector != '\0' ? objector : "; nobody allows it");
}

void
belfry_hub_journal_filtered (BelfryHubJournal *self,
                             const BelfryRecord *record,
                             BelfryIdentity *identity,
                             const char *topic,
                             const BelfryGateObjection *objection)
{
  const char *user = user_of (identity);
  const BelfryLogContext context =
      context_for (BELFRY_MESSAGE_MESSAGE_REFUSED, record, user, topic, objection);
  const BelfryGateObjection without_words = { plugin_of (objection), NULL };
  g_autofree char *objector = describe_objection (&without_words);

  belfry_log_limited (&self->filtered, BELFRY_LOG_INFO, &context,
                      "a message of %s to the topic “%s” was refused%s",
                      user != NULL ? user : "an application", topic, objector);
}

void
belfry_hub_journal_backlog (BelfryHubJournal *self, const char *topic)
{
  const BelfryLogContext context = context_for (BELFRY_MESSAGE_BACKLOG, NULL, NULL, topic, NULL);

  belfry_log_limited (&self->backlog, BELFRY_LOG_WARNING, &context,
                      "a worker is too far behind to get the messages of “%s”", topic);
}

void
belfry_hub_journal_administered (const char *message_id,
                                 const char *user,
                                 const char *session,
                                 const char *format,
                                 ...)
{
  const BelfryLogContext context = {
    .message_id = message_id,
    .fields = { { "SESSION", session }, { "USER", user } },
  };
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  belfry_log_event (BELFRY_LOG_NOTICE, &context, "%s", text);
}
