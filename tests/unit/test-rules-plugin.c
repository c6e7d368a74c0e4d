/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-rules-plugin.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "belfry-plugin-settings-private.h"
#include "belfry-test-files.h"
#include "belfry-test-host.h"
#include "belfry-test.h"

#define SUBSCRIBE BELFRY_TOPIC_ACTION_SUBSCRIBE

typedef struct
{
  BelfryTestHost *host;      /* (owned) */
  BelfryPlugin *plugin;      /* (owned) */
  BelfryTopicPolicy *policy; /* (unowned): the same */
  BelfryIdentity *ann;       /* (owned) */
  BelfryTestDir *dir;        /* (owned) */
  GAsyncResult *result;      /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
} Fixture;

static void
fixture_init (Fixture *self)
{
  *self = (Fixture){ .host = belfry_test_host_new () };
  self->plugin = g_object_new (BELFRY_TYPE_RULES_PLUGIN, NULL);
  self->policy = BELFRY_TOPIC_POLICY (self->plugin);
  self->ann = belfry_test_identity ("ann", NULL);
  self->dir = belfry_test_dir_new ();
  self->cancellable = g_cancellable_new ();
}

static void
fixture_clear (Fixture *self)
{
  g_clear_object (&self->result);
  belfry_plugin_disable (self->plugin);
  belfry_test_assert_finalizes (g_steal_pointer (&self->plugin));
  belfry_test_assert_finalizes (g_steal_pointer (&self->host));
  belfry_test_assert_finalizes (g_steal_pointer (&self->cancellable));
  belfry_identity_unref (self->ann);
  belfry_test_dir_free (self->dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static BelfryPluginSettings *
settings_with (Fixture *self, const char *rules, const char *more)
{
  g_autofree char *path = belfry_test_dir_write (self->dir, "topics.rules", rules, -1);
  g_autofree char *text = g_strdup_printf ("file=%s\n%s", path, more);

  return belfry_test_plugin_settings (text);
}

static void
enable (Fixture *self, const char *rules, const char *more)
{
  g_autoptr (BelfryPluginSettings) settings = settings_with (self, rules, more);
  g_autoptr (GError) error = NULL;

  belfry_plugin_check (self->plugin, settings, &error);
  g_assert_no_error (error);
  belfry_plugin_enable (self->plugin, BELFRY_PLUGIN_HOST (self->host), settings, &error);
  g_assert_no_error (error);
}

static BelfryVerdict
decide (Fixture *self, const char *topic)
{
  return belfry_topic_policy_decide (self->policy, self->ann, SUBSCRIBE, topic);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *self = data;

  g_assert_null (self->result);
  self->result = g_object_ref (result);
}

static void
ask (Fixture *self, const char *topic)
{
  g_autofree char *copy = g_strdup (topic);

  g_clear_object (&self->result);
  belfry_topic_policy_decide_async (self->policy, self->ann, SUBSCRIBE, copy, self->cancellable,
                                    on_done, self);
}

static BelfryVerdict
answer (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  BelfryVerdict verdict = BELFRY_VERDICT_ASK;

  belfry_test_wait_until (self->result != NULL);
  belfry_topic_policy_decide_finish (self->policy, self->result, &verdict, &error);
  g_assert_no_error (error);
  return verdict;
}

static void
assert_fails (Fixture *self, GQuark domain, int code)
{
  g_autoptr (GError) error = NULL;
  BelfryVerdict verdict;

  belfry_test_wait_until (self->result != NULL);
  g_assert_false (belfry_topic_policy_decide_finish (self->policy, self->result, &verdict, &error));
  g_assert_error (error, domain, code);
}

/* What no rule matches is denied, or left to the next policy if the settings say so. */
static void
test_default (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  enable (&self, "allow * a\n", "");
  g_assert_cmpint (decide (&self, "a"), ==, BELFRY_VERDICT_ALLOW);
  g_assert_cmpint (decide (&self, "b"), ==, BELFRY_VERDICT_DENY);
  belfry_plugin_disable (self.plugin);
  g_assert_cmpint (decide (&self, "a"), ==, BELFRY_VERDICT_DENY);
  enable (&self, "allow * a\ndeny * b\n", "default=abstain\n");
  g_assert_cmpint (decide (&self, "b"), ==, BELFRY_VERDICT_DENY);
  g_assert_cmpint (decide (&self, "c"), ==, BELFRY_VERDICT_ABSTAIN);
}

/* Without a file there are rules all the same, and settings need not be checked first. */
static void
test_built_in (void)
{
  g_autoptr (BelfryPluginSettings) settings = belfry_test_plugin_settings ("");
  g_autoptr (GError) error = NULL;
  g_auto (Fixture) self;

  fixture_init (&self);
  g_assert_cmpint (decide (&self, "public.news"), ==, BELFRY_VERDICT_DENY);
  belfry_plugin_enable (self.plugin, BELFRY_PLUGIN_HOST (self.host), settings, &error);
  g_assert_no_error (error);
  g_assert_cmpint (decide (&self, "public.news"), ==, BELFRY_VERDICT_ALLOW);
  g_assert_cmpint (decide (&self, "other.news"), ==, BELFRY_VERDICT_DENY);
}

typedef struct
{
  const char *defect;
  const char *settings;
  const char *message;
} BadCase;

static const BadCase bad_cases[] = {
  { "no such default", "default=allow", "*default*expected deny or abstain*" },
  { "no default", "default=", "*default*expected deny or abstain*" },
  { "a relative path", "file=topics.rules", "*file*expected an absolute path*" },
  { "no such file", "file=/nowhere/topics.rules", "*file*/nowhere/topics.rules: No such file*" },
  { "no file", "file=/", "*file*expected a regular file*" },
};

/* Settings that are wrong are told with their place, and nothing is in force then. */
static void
test_bad_settings (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      g_autoptr (BelfryPluginSettings) settings =
          belfry_test_plugin_settings (bad_cases[i].settings);
      g_autoptr (GError) error = NULL;
      g_auto (Fixture) self;

      fixture_init (&self);
      g_test_message ("%s", bad_cases[i].defect);
      g_assert_false (belfry_plugin_check (self.plugin, settings, &error));
      g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING);
      if (!g_pattern_match_simple (bad_cases[i].message, error->message))
        g_error ("got: %s", error->message);
      g_assert_false (
          belfry_plugin_enable (self.plugin, BELFRY_PLUGIN_HOST (self.host), settings, NULL));
      g_assert_cmpint (decide (&self, "public.news"), ==, BELFRY_VERDICT_DENY);
    }
}

/* Rules that anybody could have written are nobody's. */
static void
test_writable_by_all (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (Fixture) self;

  fixture_init (&self);
  g_autoptr (BelfryPluginSettings) settings = settings_with (&self, "allow * a\n", "");
  g_assert_true (belfry_plugin_check (self.plugin, settings, NULL));
  g_assert_cmpint (g_chmod (belfry_plugin_settings_get_text (settings, "file", NULL),
                            S_IRUSR | S_IWOTH),
                   ==, 0);
  g_assert_false (belfry_plugin_check (self.plugin, settings, &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_SETTING);
  g_assert_nonnull (strstr (error->message, "everybody can write to it"));
}

/* All keys are asked for, so that any other is told to be unknown. */
static void
test_known_settings (void)
{
  g_autoptr (BelfryPluginSettings) settings =
      belfry_test_plugin_settings ("file=\ndefault=deny\nother=deny\n");
  g_auto (Fixture) self;
  gsize index = 0;

  fixture_init (&self);
  g_assert_true (belfry_plugin_check (self.plugin, settings, NULL));
  const BelfryPluginSetting *unknown = belfry_plugin_settings_next_unknown (settings, &index);
  g_assert_cmpstr (unknown->key, ==, "other");
  g_assert_null (belfry_plugin_settings_next_unknown (settings, &index));
}

/* A reload with good rules changes everything at once; one with bad rules changes nothing. */
static void
test_reload (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (Fixture) self;

  fixture_init (&self);
  enable (&self, "allow * a\n", "");
  g_autoptr (BelfryPluginSettings) bad = settings_with (&self, "allow * b\nnonsense\n", "");
  g_assert_false (belfry_plugin_check (self.plugin, bad, &error));
  g_assert_nonnull (strstr (error->message, "topics.rules:2:1: expected"));
  g_assert_cmpint (decide (&self, "a"), ==, BELFRY_VERDICT_ALLOW);

  g_autoptr (BelfryPluginSettings) good = settings_with (&self, "allow * b\n", "");
  g_assert_true (belfry_plugin_check (self.plugin, good, NULL));
  g_assert_cmpint (decide (&self, "a"), ==, BELFRY_VERDICT_ALLOW);
  belfry_plugin_apply (self.plugin, good);
  g_assert_cmpint (decide (&self, "a"), ==, BELFRY_VERDICT_DENY);
  g_assert_cmpint (decide (&self, "b"), ==, BELFRY_VERDICT_ALLOW);
}

/* Who belongs to a room is asked of the service, once for each room. */
static void
test_members (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  enable (&self,
          "allow publish r.{r} if member {r}\nallow * r.{r} if role x and member {r}\n"
          "deny * r.{x} if member {x}\nallow * r.{y} if member {y}\nallow * q.{y} if member "
          "{y}\n",
          "");
  belfry_test_host_add_member (self.host, "ann", "7");
  g_assert_cmpint (decide (&self, "r.7"), ==, BELFRY_VERDICT_ASK);
  ask (&self, "r.7");
  g_assert_cmpint (answer (&self), ==, BELFRY_VERDICT_DENY);
  ask (&self, "q.7");
  g_assert_cmpint (answer (&self), ==, BELFRY_VERDICT_ALLOW);
  g_assert_cmpstr (belfry_test_host_get_asked (self.host), ==, "7 7 ");
  ask (&self, "r.8");
  g_assert_cmpint (answer (&self), ==, BELFRY_VERDICT_DENY);
  g_assert_cmpstr (belfry_test_host_get_asked (self.host), ==, "7 7 8 ");
}

/* What needs no question can be asked in this way as well. */
static void
test_ask_without_need (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  ask (&self, "a");
  g_assert_cmpint (answer (&self), ==, BELFRY_VERDICT_DENY);
  enable (&self, "allow * a\n", "default=abstain\n");
  ask (&self, "a");
  g_assert_cmpint (answer (&self), ==, BELFRY_VERDICT_ALLOW);
  ask (&self, "b");
  g_assert_cmpint (answer (&self), ==, BELFRY_VERDICT_ABSTAIN);
}

/* If memberships cannot be found out, a rule that denies holds, and where one might have allowed,
 * the client is told to come again. */
static void
test_unknown_members (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  enable (&self, "allow * r.{r} if member {r}\ndeny * q.{r} if member {r}\nallow * q.*\n", "");
  belfry_test_host_fail_members (self.host);
  ask (&self, "r.7");
  assert_fails (&self, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE);
  ask (&self, "q.7");
  g_assert_cmpint (answer (&self), ==, BELFRY_VERDICT_DENY);
}

/* A question that takes too long can be ended by who asked it. */
static void
test_cancel (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  enable (&self, "allow * r.{r} if member {r}\n", "");
  belfry_test_host_hold_members (self.host);
  ask (&self, "r.7");
  g_cancellable_cancel (self.cancellable);
  assert_fails (&self, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* When the plugin is disabled, so are its questions; a reload lets them go on by the old rules. */
static void
test_disable (void)
{
  g_auto (Fixture) self;

  fixture_init (&self);
  enable (&self, "allow * r.{r} if member {r}\n", "");
  belfry_test_host_hold_members (self.host);
  ask (&self, "r.7");
  g_autoptr (BelfryPluginSettings) settings = settings_with (&self, "allow * b\n", "");
  g_assert_true (belfry_plugin_check (self.plugin, settings, NULL));
  belfry_plugin_apply (self.plugin, settings);
  while (g_main_context_iteration (NULL, FALSE))
    g_assert_null (self.result);
  belfry_plugin_disable (self.plugin);
  assert_fails (&self, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (decide (&self, "b"), ==, BELFRY_VERDICT_DENY);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/rules-plugin/default", test_default);
  belfry_test_add ("/rules-plugin/built-in", test_built_in);
  belfry_test_add ("/rules-plugin/bad-settings", test_bad_settings);
  belfry_test_add ("/rules-plugin/writable-by-all", test_writable_by_all);
  belfry_test_add ("/rules-plugin/known-settings", test_known_settings);
  belfry_test_add ("/rules-plugin/reload", test_reload);
  belfry_test_add ("/rules-plugin/members", test_members);
  belfry_test_add ("/rules-plugin/ask-without-need", test_ask_without_need);
  belfry_test_add ("/rules-plugin/unknown-members", test_unknown_members);
  belfry_test_add ("/rules-plugin/cancel", test_cancel);
  belfry_test_add ("/rules-plugin/disable", test_disable);
  return g_test_run ();
}
