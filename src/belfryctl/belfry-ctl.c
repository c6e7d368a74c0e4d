/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfryctl"

#include "config.h"

#include "belfry-ctl.h"

#include <glib/gi18n-lib.h>
#include <stddef.h>

#include "belfry-ctl-call.h"
#include "belfry-ctl-print.h"
#include "belfry-error-bus.h"

/* The table of verbs, and how the command line leads to one of them. */

/* Which verbs take an option: a bit each. */
typedef enum
{
  TAKES_FILTER = 1 << 0,
  TAKES_LIMIT = 1 << 1,
  TAKES_USER = 1 << 2,
  TAKES_CLOSE = 1 << 3,
  TAKES_DURATION = 1 << 4,
  TAKES_KEY = 1 << 5,
  TAKES_COUNT = 1 << 6,
  TAKES_INTERVAL = 1 << 7,
  TAKES_CONFIG = 1 << 8,
  TAKES_CLAIMS = 1 << 9,
} Takes;

typedef struct
{
  const char *name;      /* (unowned) */
  const char *arguments; /* (unowned): as the help shows them; untranslated */
  const char *summary;   /* (unowned): untranslated */
  BelfryCtlRun run;
  guint least; /* how many words must follow */
  guint most;
  guint takes;
} Verb;

#define ANY_NUMBER G_MAXUINT

static const Verb verbs[] = {
  { "status", "", N_ ("Show how the service is"), belfry_ctl_status, 0, 0, 0 },
  { "sessions", "", N_ ("List the clients' sessions"), belfry_ctl_sessions, 0, 0,
    TAKES_FILTER | TAKES_LIMIT | TAKES_USER },
  { "session", N_ ("SESSION"), N_ ("Show a session"), belfry_ctl_session, 1, 1, 0 },
  { "subscribe", N_ ("SESSION TOPIC"), N_ ("Subscribe a session to a topic"), belfry_ctl_subscribe,
    2, 2, 0 },
  { "unsubscribe", N_ ("SESSION TOPIC"), N_ ("Take a topic away from a session"),
    belfry_ctl_unsubscribe, 2, 2, 0 },
  { "send", N_ ("SESSION JSON"), N_ ("Send a message to one session alone"), belfry_ctl_send, 2, 2,
    0 },
  { "kick", N_ ("SESSION… | --user=USER"), N_ ("Close sessions"), belfry_ctl_kick, 0, ANY_NUMBER,
    TAKES_USER | TAKES_CLOSE },
  { "block", N_ ("USER"), N_ ("Close a user's sessions and keep him out for a while"),
    belfry_ctl_block, 1, 1, TAKES_DURATION },
  { "unblock", N_ ("USER"), N_ ("Let a blocked user in again"), belfry_ctl_unblock, 1, 1, 0 },
  { "revoke", N_ ("JTI"), N_ ("Close what signed in with a token, and refuse the token"),
    belfry_ctl_revoke, 1, 1, TAKES_DURATION },
  { "topics", N_ ("[PATTERN]"), N_ ("List topics that have subscribers"), belfry_ctl_topics, 0, 1,
    TAKES_LIMIT },
  { "topic", N_ ("TOPIC"), N_ ("Show a topic, who is there, and what it has kept"),
    belfry_ctl_topic, 1, 1, TAKES_LIMIT },
  { "publish", N_ ("TOPIC PAYLOAD|-"), N_ ("Publish a message, or each line of the standard input"),
    belfry_ctl_publish, 2, 2, TAKES_KEY },
  { "watch", N_ ("TOPIC…"), N_ ("Print messages as they come"), belfry_ctl_watch, 1, ANY_NUMBER,
    TAKES_COUNT },
  { "monitor", "", N_ ("Print what happens to the service and its sessions"), belfry_ctl_monitor, 0,
    0, TAKES_COUNT },
  { "metrics", "", N_ ("Print all metrics"), belfry_ctl_metrics, 0, 0, 0 },
  { "top", "", N_ ("Show figures as they change"), belfry_ctl_top, 0, 0,
    TAKES_COUNT | TAKES_INTERVAL },
  { "plugins", "", N_ ("List the plugins in service"), belfry_ctl_plugins, 0, 0, 0 },
  { "reload", "", N_ ("Have the configuration read again"), belfry_ctl_reload, 0, 0, 0 },
  { "reexec", "", N_ ("Let the program on disk take over, with the clients"), belfry_ctl_reexec, 0,
    0, 0 },
  { "drain", N_ ("[DURATION]"), N_ ("Let clients leave, spread over the time, then stop"),
    belfry_ctl_drain, 0, 1, 0 },
  { "shed", N_ ("PERCENT [DURATION]"),
    N_ ("Have a share of the clients come again, spread over the time"), belfry_ctl_shed, 1, 2, 0 },
  { "log-level", N_ ("LEVELS"), N_ ("Set what is logged"), belfry_ctl_log_level, 1, 1, 0 },
  { "config", N_ ("check|show|defaults"), N_ ("Check or print the configuration"),
    belfry_ctl_config, 1, 1, TAKES_CONFIG },
  { "token", N_ ("create|check TOKEN"), N_ ("Make a token for development, or look at one"),
    belfry_ctl_token, 1, 2, TAKES_CONFIG | TAKES_USER | TAKES_CLAIMS },
};

typedef struct
{
  guint takes; /* 0: every verb takes it */
  GOptionEntry entry;
  gsize offset; /* of where it goes, in BelfryCtlOptions */
} Option;

#define TO(member) offsetof (BelfryCtlOptions, member)

static const Option options[] = {
  { 0,
    { "session", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Reach a service on your own bus") },
    TO (session) },
  { 0, { "json", 'j', 0, G_OPTION_ARG_NONE, NULL, N_ ("Write JSON, for programs") }, TO (json) },
  { 0,
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version, and end") },
    TO (version) },
  { 0, { "help", 'h', 0, G_OPTION_ARG_NONE, NULL, N_ ("Print this, and end") }, TO (help) },
  { TAKES_USER,
    { "user", 'u', 0, G_OPTION_ARG_STRING, NULL, N_ ("Whose"), N_ ("USER") },
    TO (user) },
  { TAKES_FILTER,
    { "address", 'a', 0, G_OPTION_ARG_STRING, NULL, N_ ("From this address"), N_ ("ADDRESS") },
    TO (address) },
  { TAKES_FILTER,
    { "topic", 't', 0, G_OPTION_ARG_STRING, NULL, N_ ("Subscribed to this topic"), N_ ("TOPIC") },
    TO (topic) },
  { TAKES_FILTER,
    { "dialect", 'd', 0, G_OPTION_ARG_STRING, NULL, N_ ("Speaking this dialect"), N_ ("DIALECT") },
    TO (dialect) },
  { TAKES_FILTER,
    { "state", 's', 0, G_OPTION_ARG_STRING, NULL, N_ ("Being authenticated, or anonymous"),
      N_ ("STATE") },
    TO (state) },
  { TAKES_FILTER,
    { "queued", 'q', 0, G_OPTION_ARG_STRING, NULL,
      N_ ("For whom at least so much waits to be sent, as in 64KiB"), N_ ("SIZE") },
    TO (queued) },
  { TAKES_LIMIT,
    { "limit", 'n', 0, G_OPTION_ARG_INT, NULL, N_ ("At most so many"), N_ ("NUMBER") },
    TO (limit) },
  { TAKES_CLOSE,
    { "code", 'c', 0, G_OPTION_ARG_INT, NULL, N_ ("The WebSocket close code; else 4403"),
      N_ ("CODE") },
    TO (code) },
  { TAKES_CLOSE,
    { "reason", 'r', 0, G_OPTION_ARG_STRING, NULL, N_ ("What the client is told"), N_ ("TEXT") },
    TO (reason) },
  { TAKES_DURATION,
    { "for", 'f', 0, G_OPTION_ARG_STRING, NULL, N_ ("For how long, as in 30min"), N_ ("DURATION") },
    TO (duration) },
  { TAKES_INTERVAL,
    { "interval", 'i', 0, G_OPTION_ARG_STRING, NULL, N_ ("How often; else every 2s"),
      N_ ("DURATION") },
    TO (duration) },
  { TAKES_COUNT,
    { "count", 'n', 0, G_OPTION_ARG_INT, NULL, N_ ("End after so many"), N_ ("NUMBER") },
    TO (count) },
  { TAKES_KEY,
    { "key", 'k', 0, G_OPTION_ARG_STRING, NULL,
      N_ ("Publish once, however often this is tried with the same key"), N_ ("KEY") },
    TO (key) },
  { TAKES_CONFIG,
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, NULL,
      N_ ("Read FILE and FILE.d/*.conf instead of the system's configuration"), N_ ("FILE") },
    TO (config) },
  { TAKES_CONFIG,
    { "set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, NULL,
      N_ ("Set one value, over all files and variables; may be repeated"), N_ ("GROUP.KEY=VALUE") },
    TO (set) },
  { TAKES_CONFIG,
    { "env-file", 'e', 0, G_OPTION_ARG_FILENAME, NULL,
      N_ ("Read environment variables from FILE; those that are set win"), N_ ("FILE") },
    TO (env_file) },
  { TAKES_CLAIMS,
    { "role", 'r', 0, G_OPTION_ARG_STRING_ARRAY, NULL, N_ ("A role; may be repeated"),
      N_ ("ROLE") },
    TO (roles) },
  { TAKES_CLAIMS,
    { "subscribe", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL,
      N_ ("May subscribe to this; may be repeated"), N_ ("PATTERN") },
    TO (subscribe) },
  { TAKES_CLAIMS,
    { "publish", 0, 0, G_OPTION_ARG_STRING_ARRAY, NULL, N_ ("May publish to this; may be repeated"),
      N_ ("PATTERN") },
    TO (publish) },
  { TAKES_CLAIMS,
    { "expires", 'x', 0, G_OPTION_ARG_STRING, NULL, N_ ("How long it is good; else 1h"),
      N_ ("DURATION") },
    TO (expires) },
  { TAKES_CLAIMS,
    { "id", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Its jti, by which it can be revoked"),
      N_ ("JTI") },
    TO (id) },
};

static const Verb *
find_verb (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      if (g_str_equal (verbs[i].name, name))
        return &verbs[i];
    }
  return NULL;
}

/* The options of a verb; without one, those that all have. */
static GOptionContext *
make_context (BelfryCtl *self, const Verb *verb)
{
  g_autofree char *usage =
      verb == NULL ? g_strdup (_ ("VERB …"))
                   : g_strjoin (" ", verb->name,
                                *verb->arguments != '\0' ? _ (verb->arguments) : NULL, NULL);
  GOptionContext *context = g_option_context_new (usage);

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_strict_posix (context, verb == NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      GOptionEntry entries[] = { options[i].entry, G_OPTION_ENTRY_NULL };

      if (options[i].takes != 0 && (verb == NULL || (verb->takes & options[i].takes) == 0))
        continue;
      entries[0].arg_data = (char *) &self->options + options[i].offset;
      g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    }
  return context;
}

/* What there is nothing of is not translated: that would be the head of the catalog.
 * Returns: (transfer full) */
static char *
usage_of (const Verb *verb)
{
  return g_strjoin (" ", verb->name, *verb->arguments != '\0' ? _ (verb->arguments) : NULL, NULL);
}

static char *
list_verbs (void)
{
  GString *text = g_string_new (_ ("Verbs:\n"));

  for (gsize i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_autofree char *usage = usage_of (&verbs[i]);

      g_string_append_printf (text, "  %s", usage);
      for (glong width = g_utf8_strlen (usage, -1); width < 28; width++)
        g_string_append_c (text, ' ');
      g_string_append_printf (text, "  %s\n", _ (verbs[i].summary));
    }
  g_string_append (text, _ ("\nMore in belfryctl(1)."));
  return g_string_free (text, FALSE);
}

static int
print_help (GOptionContext *context, const Verb *verb)
{
  if (verb == NULL)
    {
      g_autofree char *list = list_verbs ();

      g_option_context_set_description (context, list);
    }
  else
    g_option_context_set_summary (context, _ (verb->summary));
  g_autofree char *help = g_option_context_get_help (context, TRUE, NULL);
  return belfry_ctl_print (help);
}

static int
run_verb (BelfryCtl *self, const Verb *verb, const char *const *words)
{
  guint n = g_strv_length ((char **) words);

  if (n < verb->least || n > verb->most)
    {
      g_autofree char *usage = usage_of (verb);

      return belfry_ctl_misused (_ ("expected “%s”"), usage);
    }
  for (guint i = 0; i < n; i++)
    {
      /* what is published may be any bytes */
      if (!g_utf8_validate (words[i], -1, NULL) && (i == 0 || verb->run != belfry_ctl_publish))
        return belfry_ctl_misused (_ ("“%s” is no UTF-8"), words[i]);
    }
  if (self->options.limit < 0 || self->options.count < 0 || self->options.code < 0)
    return belfry_ctl_misused (_ ("numbers must not be negative"));
  return verb->run (self, words);
}

/* The verb is the first word; options may be on either side of it. */
static int
run_line (BelfryCtl *self, char ***argv)
{
  g_autoptr (GOptionContext) outer = make_context (self, NULL);
  g_autoptr (GError) error = NULL;

  if (!g_option_context_parse_strv (outer, argv, &error))
    return belfry_ctl_misused ("%s", error->message);
  if (self->options.version)
    return belfry_ctl_print (BELFRY_CTL_NAME " " BELFRY_VERSION "\n");
  const char *name = (*argv)[0] != NULL ? (*argv)[1] : NULL;
  if (name == NULL && self->options.help)
    return print_help (outer, NULL);
  if (name == NULL)
    return belfry_ctl_misused (_ ("what is to be done?"));
  const Verb *verb = find_verb (name);
  if (verb == NULL)
    return belfry_ctl_misused (_ ("“%s” is no verb"), name);
  g_autoptr (GOptionContext) inner = make_context (self, verb);
  if (!g_option_context_parse_strv (inner, argv, &error))
    return belfry_ctl_misused ("%s", error->message);
  if (self->options.help)
    return print_help (inner, verb);
  return run_verb (self, verb, (const char *const *) *argv + 2);
}

static void
options_clear (BelfryCtlOptions *self)
{
  char **const texts[] = { &self->user,  &self->address, &self->topic,    &self->dialect,
                           &self->state, &self->queued,  &self->duration, &self->reason,
                           &self->key,   &self->config,  &self->env_file, &self->expires,
                           &self->id };
  char ***const lists[] = { &self->set, &self->roles, &self->subscribe, &self->publish };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (texts[i], g_free);
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    g_clear_pointer (lists[i], g_strfreev);
}

int
belfry_ctl_run (const char *const *argv)
{
  BelfryCtl self = { 0 };
  g_auto (GStrv) words = g_strdupv ((char **) argv);

  belfry_error_register_bus_names ();
  int status = run_line (&self, &words);
  options_clear (&self.options);
  g_clear_object (&self.bus);
  return status;
}
