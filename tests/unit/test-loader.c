/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-loader.h"

#include <string.h>
#include <unistd.h>

#include "belfry-error.h"
#include "belfry-fake-clock.h"
#include "belfry-test-config.h"
#include "belfry-test.h"

/* A loader with plugins of the tests, and what these said to the service. */
typedef struct
{
  GString *calls;
  BelfryFakeClock *clock;
  BelfryLoaderHost *host;
  BelfryLoader *loader;
} Fixture;

static void
note_publish (const char *topic, GBytes *payload, GTask *task, gpointer user_data)
{
  Fixture *f = user_data;
  gsize length = 0;
  const char *text = g_bytes_get_data (payload, &length);

  g_string_append_printf (f->calls, "%s:%.*s ", topic, (int) length, text);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
note_close (const char *user, const char *reason, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_printf (f->calls, "close:%s(%s) ", user, reason);
}

static const BelfryLoaderService service = { note_publish, note_close };

static void
fixture_init (Fixture *f)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_BUILT, "plugins", NULL);
  const BelfryPluginPlace place = { folder, FALSE, geteuid () };

  f->calls = g_string_new (NULL);
  f->clock = belfry_fake_clock_new ();
  f->host = belfry_loader_host_new (BELFRY_CLOCK (f->clock));
  belfry_loader_host_set_service (f->host, &service, f);
  f->loader = belfry_loader_new (f->host, &place, NULL);
}

static void
fixture_clear (Fixture *f)
{
  belfry_test_assert_finalizes (f->loader);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  belfry_test_assert_finalizes (f->host);
  belfry_test_assert_finalizes (f->clock);
  g_string_free (f->calls, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

static void
keep_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Text may begin with one key of [auth]; what is not there is empty. Its groups begin in line 5. */
static BelfryConfig *
config_new (const char *text)
{
  g_autofree char *whole =
      g_strconcat ("[auth]\nrequired=no\n",
                   g_str_has_prefix (text, "authorizers=") ? "" : "authorizers=\n",
                   g_str_has_prefix (text, "policies=") ? "" : "policies=\n", text, NULL);

  return belfry_test_config_new (whole);
}

static gboolean
start (Fixture *f, const char *text, GError **error)
{
  g_autoptr (BelfryConfig) config = config_new (text);
  g_autoptr (GAsyncResult) result = NULL;

  belfry_part_start_async (BELFRY_PART (f->loader), config, NULL, keep_result, &result);
  belfry_test_wait_until (result != NULL);
  return belfry_part_start_finish (BELFRY_PART (f->loader), result, error);
}

static void
start_well (Fixture *f, const char *text)
{
  g_autoptr (GError) error = NULL;

  start (f, text, &error);
  g_assert_no_error (error);
}

static gboolean
reload (Fixture *f, const char *text, GError **error)
{
  g_autoptr (BelfryConfig) config = config_new (text);

  if (!belfry_part_check (BELFRY_PART (f->loader), config, error))
    return FALSE;
  belfry_part_apply (BELFRY_PART (f->loader), config);
  return TRUE;
}

static void
stop (Fixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;

  belfry_part_stop_async (BELFRY_PART (f->loader), keep_result, &result);
  belfry_test_wait_until (result != NULL);
  g_assert_true (belfry_part_stop_finish (BELFRY_PART (f->loader), result, NULL));
}

static void
assert_calls (Fixture *f, const char *expected)
{
  g_assert_cmpstr (f->calls->str, ==, expected);
  g_string_truncate (f->calls, 0);
}

static void
assert_error (GError *error, BelfryError code, const char *pattern)
{
  g_assert_error (error, BELFRY_ERROR, (gint) code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

/* Without plugins there is nothing to do, and nothing that fails. */
static void
test_none (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (GString) status = g_string_new (NULL);

  fixture_init (&f);
  start_well (&f, "");
  g_assert_cmpstr (belfry_part_get_name (BELFRY_PART (f.loader)), ==, "loader");
  g_assert_cmpuint (belfry_loader_get_n_plugins (f.loader), ==, 0);
  g_assert_null (belfry_loader_find (f.loader, "one"));
  belfry_part_describe (BELFRY_PART (f.loader), status);
  g_assert_cmpstr (status->str, ==, ", 0 plugins");
  g_assert_true (reload (&f, "", NULL));
  stop (&f);
}

/* Plugins are enabled in the order in which they are named, once each, and disabled in the reverse
 * one; what there is can be listed. */
static void
test_life (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f);
  start_well (&f, "policies=two\n[plugin one]\n[plugin two]\n[plugin absent]\nenabled=no\n");
  assert_calls (&f, "two:enable one:enable ");
  g_assert_cmpuint (belfry_loader_get_n_plugins (f.loader), ==, 2);
  const BelfryLoadedPlugin *first = belfry_loader_get_plugin (f.loader, 0);
  g_assert_cmpstr (first->name, ==, "two");
  g_assert_cmpstr (first->version, ==, "1.0");
  g_assert_cmpstr (first->licence, ==, "MIT");
  g_assert_cmpuint (first->kinds, ==, BELFRY_PLUGIN_TOPIC_POLICY | BELFRY_PLUGIN_MEMBERSHIP);
  g_assert_true (g_str_has_suffix (first->file, "/plugins/two.so"));
  g_assert_true (BELFRY_IS_TOPIC_POLICY (first->object));
  g_assert_true (belfry_loader_find (f.loader, "two") == first);
  stop (&f);
  assert_calls (&f, "one:disable two:disable ");
  g_assert_cmpuint (belfry_loader_get_n_plugins (f.loader), ==, 0);
}

typedef struct
{
  const char *defect;
  const char *text;
  BelfryError code;
  const char *message;
  const char *calls;
} BadCase;

static const BadCase bad_cases[] = {
  { "no such file", "[plugin absent]\n", BELFRY_ERROR_NOT_FOUND,
    "plugin absent: */plugins/absent.so: *", "" },
  { "no library", "[plugin no-library]\n", BELFRY_ERROR_INVALID_CONFIG,
    "plugin no-library: */no-library.so: cannot be opened: *", "" },
  { "no plugin", "[plugin bad-magic]\n", BELFRY_ERROR_INVALID_CONFIG,
    "plugin bad-magic: */bad-magic.so: its descriptor *", "" },
  { "bad class", "[plugin says-more]\n", BELFRY_ERROR_INVALID_CONFIG,
    "plugin says-more: */says-more.so: says that *", "" },
  { "wrong kind", "authorizers=one\n", BELFRY_ERROR_INVALID_CONFIG,
    "plugin one: */one.so: named as authorizer in *, but it is: policy, membership", "" },
  { "named and not wanted", "policies=one\n[plugin one]\nenabled=no\n", BELFRY_ERROR_INVALID_CONFIG,
    "plugin one: named in *, but not enabled in its own group", "" },
  { "wanted perhaps", "[plugin one]\nenabled=perhaps\n", BELFRY_ERROR_INVALID_CONFIG,
    "test.conf:6: enabled: expected “yes” or “no”", "" },
  { "refused settings", "[plugin one]\n[plugin two]\nfail=check\n", BELFRY_ERROR_INVALID_CONFIG,
    "plugin two: */two.so: test.conf:7: *plugin two] fail: told to", "" },
  { "number out of range", "[plugin one]\nnumber=10\n", BELFRY_ERROR_INVALID_CONFIG,
    "plugin one: */one.so: test.conf:6: *number: expected a whole number from 0 to 9", "" },
  { "refused without a word", "[plugin one]\nfail=silently-check\n", BELFRY_ERROR_UNAVAILABLE,
    "plugin one: */one.so: refuses its settings, and does not say why", "" },
  { "cannot be enabled", "[plugin one]\n[plugin two]\nfail=enable\n", BELFRY_ERROR_UNAVAILABLE,
    "plugin two: */two.so: told to enable", "one:enable one:disable " },
  { "fails without a word", "[plugin one]\nfail=silently-enable\n", BELFRY_ERROR_UNAVAILABLE,
    "plugin one: */one.so: cannot be enabled, and does not say why", "" },
  { "unknown key", "[plugin one]\n[plugin two]\nanswr=yes\n", BELFRY_ERROR_INVALID_CONFIG,
    "plugin two: test.conf:7: answr: there is no such key (did you mean “answer”?)",
    "one:enable two:enable two:disable one:disable " },
};

/* A start that fails names the plugin, its file and the reason, and leaves no plugin enabled. The
 * same loader may be started again. */
static void
test_bad_start (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_cases); i++)
    {
      const BadCase *c = &bad_cases[i];
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", c->defect);
      g_assert_false (start (&f, c->text, &error));
      assert_error (error, c->code, c->message);
      assert_calls (&f, c->calls);
      g_assert_cmpuint (belfry_loader_get_n_plugins (f.loader), ==, 0);
    }
  start_well (&f, "[plugin one]\n");
  assert_calls (&f, "one:enable ");
  stop (&f);
}

/* New settings are put in force when all plugins agree, in their order. */
static void
test_reload (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f);
  start_well (&f, "[plugin one]\nasked-late=1\n[plugin two]\n");
  assert_calls (&f, "one:enable two:enable ");
  g_assert_true (reload (&f, "[plugin one]\nanswer=yes\nasked-late=2\n[plugin two]\n", NULL));
  assert_calls (&f, "one:apply yes two:apply no ");
  g_assert_true (reload (&f, "", NULL));
  assert_calls (&f, "one:apply no two:apply no ");
}

static const BadCase bad_reloads[] = {
  { "refused settings", "[plugin one]\nanswer=yes\n[plugin two]\nfail=check\n",
    BELFRY_ERROR_INVALID_CONFIG, "plugin two: */two.so: test.conf:8: *fail: told to", NULL },
  { "unknown key", "[plugin one]\nanswer=yes\n[plugin two]\nasked-never=1\n",
    BELFRY_ERROR_INVALID_CONFIG, "plugin two: test.conf:8: asked-never: there is no such key",
    NULL },
  { "wanted perhaps", "[plugin one]\n[plugin two]\nenabled=perhaps\n", BELFRY_ERROR_INVALID_CONFIG,
    "test.conf:7: enabled: expected “yes” or “no”", NULL },
};

/* If one plugin disagrees, none sees the new settings. */
static void
test_bad_reload (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f);
  start_well (&f, "[plugin one]\n[plugin two]\n");
  assert_calls (&f, "one:enable two:enable ");
  for (gsize i = 0; i < G_N_ELEMENTS (bad_reloads); i++)
    {
      const BadCase *c = &bad_reloads[i];
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", c->defect);
      g_assert_false (reload (&f, c->text, &error));
      assert_error (error, c->code, c->message);
      assert_calls (&f, "");
    }
  g_assert_true (reload (&f, "[plugin one]\nanswer=yes\n[plugin two]\n", NULL));
  assert_calls (&f, "one:apply yes two:apply no ");
}

/* Which plugins there are changes with the next start, and the log says so. */
static void
test_reload_others (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f);
  start_well (&f, "[plugin one]\n");
  assert_calls (&f, "one:enable ");
  belfry_test_expect_log (BELFRY_LOG_NOTICE, "belfry-loader",
                          "plugin two will be loaded at the next start");
  belfry_test_expect_log (BELFRY_LOG_NOTICE, "belfry-loader",
                          "plugin one will be gone at the next start");
  g_assert_true (reload (&f, "[plugin one]\nenabled=no\n[plugin two]\n", NULL));
  assert_calls (&f, "one:apply no ");
  g_assert_cmpuint (belfry_loader_get_n_plugins (f.loader), ==, 1);
}

/* A loader that is thrown away while plugins are enabled disables them first. */
static void
test_dispose (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f);
  start_well (&f, "[plugin one]\n[plugin two]\n");
  assert_calls (&f, "one:enable two:enable ");
  g_object_run_dispose (G_OBJECT (f.loader));
  assert_calls (&f, "two:disable one:disable ");
}

typedef struct
{
  const char *case_name;
  const char *one;
  const char *two;
  gboolean has_said;
  gboolean is_member;
  const char *calls;
} MemberCase;

static const MemberCase member_cases[] = {
  { "the first knows", "yes", "error", TRUE, TRUE, "one:is-member " },
  { "the second knows", "no", "yes", TRUE, TRUE, "one:is-member two:is-member " },
  { "none knows", "no", "no", TRUE, FALSE, "one:is-member two:is-member " },
  { "one fails, the other knows", "error", "yes", TRUE, TRUE, "one:is-member two:is-member " },
  { "one fails, the other does not know", "error", "no", FALSE, FALSE,
    "one:is-member two:is-member " },
  { "one never answers, the other knows", "never", "yes", TRUE, TRUE,
    "one:is-member two:is-member " },
  { "none ever answers", "never", "never", FALSE, FALSE, "one:is-member two:is-member " },
};

static BelfryIdentity *
somebody (void)
{
  g_autoptr (BelfryIdentityBuilder) builder = belfry_identity_builder_new ("anna");

  return belfry_identity_builder_end (builder, NULL);
}

static void
expect_trouble (const char *plugin, const char *answer)
{
  g_autofree char *failed = g_strdup_printf ("plugin %s could not say *: told to", plugin);
  g_autofree char *late = g_strdup_printf ("plugin %s could not say *: it took too long", plugin);

  if (strcmp (answer, "error") == 0)
    belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-loader", failed);
  else if (strcmp (answer, "never") == 0)
    belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-loader", late);
}

/* The plugins that know memberships are asked one after the other. One that fails or never answers
 * does not keep the next one from being asked, but nobody is turned away on half an answer. */
static void
test_membership (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (member_cases); i++)
    {
      const MemberCase *c = &member_cases[i];
      g_auto (Fixture) f = { NULL };
      g_autofree char *text =
          g_strdup_printf ("[plugin one]\nanswer=%s\n[plugin two]\nanswer=%s\n", c->one, c->two);
      g_autoptr (BelfryIdentity) identity = somebody ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;
      gboolean is_member = FALSE;

      g_test_message ("%s", c->case_name);
      fixture_init (&f);
      belfry_loader_host_set_patience (f.host, 1000);
      start_well (&f, text);
      assert_calls (&f, "one:enable two:enable ");
      if (!(c->is_member && strcmp (c->one, "yes") == 0))
        {
          expect_trouble ("one", c->one);
          expect_trouble ("two", c->two);
        }
      belfry_plugin_host_is_member_async (BELFRY_PLUGIN_HOST (f.host), identity, "room", NULL,
                                          keep_result, &result);
      belfry_test_wait_until (result != NULL);
      g_assert_true (belfry_plugin_host_is_member_finish (BELFRY_PLUGIN_HOST (f.host), result,
                                                          &is_member, &error) == c->has_said);
      g_assert_true (is_member == c->is_member);
      g_assert_true (g_error_matches (error, BELFRY_PLUGIN_ERROR,
                                      BELFRY_PLUGIN_ERROR_UNAVAILABLE) == !c->has_said);
      assert_calls (&f, c->calls);
      stop (&f);
      belfry_test_assert_logged ();
    }
}

/* Questions of several people go round at the same time, each with its own answer. */
static void
test_membership_many (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (BelfryIdentity) identity = somebody ();
  GAsyncResult *results[3] = { NULL };

  fixture_init (&f);
  start_well (&f, "[plugin one]\nanswer=no\n[plugin two]\nanswer=yes\n");
  BelfryPluginHost *host = BELFRY_PLUGIN_HOST (f.host);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    belfry_plugin_host_is_member_async (host, identity, "room", NULL, keep_result, &results[i]);
  for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
    {
      gboolean is_member = FALSE;

      belfry_test_wait_until (results[i] != NULL);
      g_assert_true (belfry_plugin_host_is_member_finish (host, results[i], &is_member, NULL));
      g_assert_true (is_member);
      g_object_unref (results[i]);
    }
}

/* Asks, and fails unless nobody knows. */
static void
ask_in_vain (Fixture *f)
{
  g_autoptr (BelfryIdentity) identity = somebody ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_member = FALSE;

  belfry_plugin_host_is_member_async (BELFRY_PLUGIN_HOST (f->host), identity, "room", NULL,
                                      keep_result, &result);
  belfry_test_wait_until (result != NULL);
  g_assert_false (belfry_plugin_host_is_member_finish (BELFRY_PLUGIN_HOST (f->host), result,
                                                       &is_member, &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE);
}

/* A plugin that fails is complained about once a minute, however often clients make it fail. */
static void
test_membership_complaints (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f);
  start_well (&f, "[plugin one]\nanswer=error\n");
  expect_trouble ("one", "error");
  ask_in_vain (&f);
  belfry_test_assert_logged ();
  ask_in_vain (&f);
  belfry_fake_clock_advance (f.clock, 60 * G_USEC_PER_SEC);
  expect_trouble ("one", "error");
  ask_in_vain (&f);
  belfry_test_assert_logged ();
}

/* A plugin that never answers is not asked without end: what it owes stays in memory. */
static void
test_membership_owed (void)
{
  g_auto (Fixture) f = { NULL };

  fixture_init (&f);
  belfry_loader_host_set_patience (f.host, 1000);
  belfry_loader_host_set_max_calls (f.host, 1);
  start_well (&f, "[plugin one]\nanswer=never\n");
  assert_calls (&f, "one:enable ");
  expect_trouble ("one", "never");
  ask_in_vain (&f);
  belfry_test_assert_logged ();
  assert_calls (&f, "one:is-member ");
  ask_in_vain (&f);
  assert_calls (&f, "");
  belfry_fake_clock_advance (f.clock, 60 * G_USEC_PER_SEC);
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-loader",
                          "plugin one could not say *: it owes too many answers");
  ask_in_vain (&f);
  belfry_test_assert_logged ();
  assert_calls (&f, "");
  stop (&f);
}

/* A plugin that is disabled ends what is under way; one that is gone is not asked, and nobody is
 * turned away because of that. */
static void
test_membership_gone (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (BelfryIdentity) identity = somebody ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_member = TRUE;

  fixture_init (&f);
  start_well (&f, "[plugin one]\nanswer=no\n[plugin two]\nanswer=yes\n");
  assert_calls (&f, "one:enable two:enable ");
  belfry_plugin_host_is_member_async (BELFRY_PLUGIN_HOST (f.host), identity, "room", NULL,
                                      keep_result, &result);
  belfry_loader_host_remove_membership (f.host, BELFRY_MEMBERSHIP (
                                                    belfry_loader_find (f.loader, "two")->object));
  belfry_test_wait_until (result != NULL);
  assert_calls (&f, "one:is-member ");
  g_assert_false (belfry_plugin_host_is_member_finish (BELFRY_PLUGIN_HOST (f.host), result,
                                                       &is_member, &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE);
}

/* A question that nobody wants answered any more before it is asked is not asked. */
static void
test_membership_cancelled (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (BelfryIdentity) identity = somebody ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_member = TRUE;

  fixture_init (&f);
  start_well (&f, "[plugin one]\nanswer=yes\n");
  assert_calls (&f, "one:enable ");
  g_cancellable_cancel (cancellable);
  belfry_plugin_host_is_member_async (BELFRY_PLUGIN_HOST (f.host), identity, "room", cancellable,
                                      keep_result, &result);
  belfry_test_wait_until (result != NULL);
  g_assert_false (belfry_plugin_host_is_member_finish (BELFRY_PLUGIN_HOST (f.host), result,
                                                       &is_member, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (is_member);
  assert_calls (&f, "");
}

/* Who asks may lose interest while a plugin is thinking; a plugin that is disabled meanwhile ends
 * what is under way, and is not asked again. */
static void
test_membership_ends (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (BelfryIdentity) identity = somebody ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_member = TRUE;

  fixture_init (&f);
  start_well (&f, "[plugin one]\nanswer=never\n[plugin two]\nanswer=never\n");
  assert_calls (&f, "one:enable two:enable ");
  belfry_plugin_host_is_member_async (BELFRY_PLUGIN_HOST (f.host), identity, "room", cancellable,
                                      keep_result, &result);
  assert_calls (&f, "one:is-member ");
  g_cancellable_cancel (cancellable);
  stop (&f);
  assert_calls (&f, "two:disable one:disable ");
  belfry_test_wait_until (result != NULL);
  g_assert_false (belfry_plugin_host_is_member_finish (BELFRY_PLUGIN_HOST (f.host), result,
                                                       &is_member, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (is_member);
}

/* Without a service, and without plugins, a host tells the time and refuses the rest. */
static void
test_host (void)
{
  g_auto (Fixture) f = { NULL };
  g_autoptr (BelfryIdentity) identity = somebody ();
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  g_autoptr (GAsyncResult) published = NULL;
  g_autoptr (GAsyncResult) refused = NULL;
  g_autoptr (GAsyncResult) asked = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_member = TRUE;

  fixture_init (&f);
  BelfryPluginHost *host = BELFRY_PLUGIN_HOST (f.host);
  belfry_fake_clock_set_wall (f.clock, 7);
  g_assert_cmpint (belfry_plugin_host_now (host), ==, belfry_clock_now (BELFRY_CLOCK (f.clock)));
  g_assert_cmpint (belfry_plugin_host_wall (host), ==, 7);
  belfry_plugin_host_close_user (host, "anna", "gone");
  belfry_plugin_host_publish_async (host, "t", payload, NULL, keep_result, &published);
  belfry_plugin_host_is_member_async (host, identity, "room", NULL, keep_result, &asked);
  assert_calls (&f, "close:anna(gone) t:x ");
  belfry_loader_host_set_service (f.host, NULL, NULL);
  belfry_plugin_host_close_user (host, "anna", "gone");
  belfry_plugin_host_publish_async (host, "t", payload, NULL, keep_result, &refused);
  belfry_test_wait_until (published != NULL && refused != NULL && asked != NULL);
  g_assert_true (belfry_plugin_host_publish_finish (host, published, NULL));
  g_assert_false (belfry_plugin_host_publish_finish (host, refused, &error));
  g_assert_error (error, BELFRY_PLUGIN_ERROR, BELFRY_PLUGIN_ERROR_UNAVAILABLE);
  g_assert_true (belfry_plugin_host_is_member_finish (host, asked, &is_member, NULL));
  g_assert_false (is_member);
  assert_calls (&f, "");
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/loader/none", test_none);
  belfry_test_add ("/loader/life", test_life);
  belfry_test_add ("/loader/bad-start", test_bad_start);
  belfry_test_add ("/loader/reload", test_reload);
  belfry_test_add ("/loader/bad-reload", test_bad_reload);
  belfry_test_add ("/loader/reload-others", test_reload_others);
  belfry_test_add ("/loader/dispose", test_dispose);
  belfry_test_add ("/loader/membership", test_membership);
  belfry_test_add ("/loader/membership-many", test_membership_many);
  belfry_test_add ("/loader/membership-complaints", test_membership_complaints);
  belfry_test_add ("/loader/membership-owed", test_membership_owed);
  belfry_test_add ("/loader/membership-gone", test_membership_gone);
  belfry_test_add ("/loader/membership-cancelled", test_membership_cancelled);
  belfry_test_add ("/loader/membership-ends", test_membership_ends);
  belfry_test_add ("/loader/host", test_host);
  return g_test_run ();
}
