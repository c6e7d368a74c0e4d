/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include <unistd.h>

#include "belfry-error.h"
#include "belfry-owner-authority.h"
#include "belfry-polkit-authority.h"
#include "belfry-test-control.h"
#include "belfry-test.h"

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"

static const char polkit_xml[] =
    "<node><interface name='org.freedesktop.PolicyKit1.Authority'>"
    "<method name='CheckAuthorization'>"
    "<arg type='(sa{sv})' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='a{ss}' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='(bba{ss})' direction='out'/></method>"
    "<method name='CancelCheckAuthorization'><arg type='s' direction='in'/></method>"
    "</interface></node>";

typedef enum
{
  SAYS_YES,
  SAYS_NO,
  SAYS_NOTHING,
  FAILS,
} Mood;

typedef struct
{
  GTestDBus *bus;              /* (owned) */
  GDBusConnection *service;    /* (owned) */
  GDBusConnection *caller;     /* (owned) */
  GDBusConnection *polkit;     /* (owned) (nullable): while there is one */
  GDBusMethodInvocation *held; /* (owned) (nullable): a question without an answer */
  GString *asked;              /* (owned): what polkit was asked */
  char *cancelled;             /* (owned) (nullable): by which id */
  Mood mood;
} Fixture;

static void
answer_question (Fixture *self, GDBusMethodInvocation *invocation)
{
  switch (self->mood)
    {
    case SAYS_YES:
    case SAYS_NO:
      g_dbus_method_invocation_return_value (invocation,
                                             g_variant_new ("((bb@a{ss}))", self->mood == SAYS_YES,
                                                            FALSE,
                                                            g_variant_new_parsed (
                                                                "@a{ss} {'polkit.result': 'x'}")));
      break;
    case FAILS:
      g_dbus_method_invocation_return_dbus_error (invocation,
                                                  "org.freedesktop.PolicyKit1.Error.Failed",
                                                  "it has no mind");
      break;
    case SAYS_NOTHING:
    default:
      self->held = invocation;
      break;
    }
}

static void
on_polkit_call (GDBusConnection *connection,
                const char *sender,
                const char *path,
                const char *interface,
                const char *method,
                GVariant *arguments,
                GDBusMethodInvocation *invocation,
                gpointer user_data)
{
  Fixture *self = user_data;
  g_autoptr (GVariant) details = NULL;
  const char *action;
  const char *id;
  guint flags;

  if (g_str_equal (method, "CancelCheckAuthorization"))
    {
      g_variant_get (arguments, "(s)", &self->cancelled);
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  g_variant_get (arguments, "((sa{sv})&s@a{ss}u&s)", NULL, NULL, &action, &details, &flags, &id);
  g_autofree char *text = g_variant_print (details, FALSE);
  g_string_append_printf (self->asked, "%s %s %u; ", action, text, flags);
  answer_question (self, invocation);
}

static void
start_polkit (Fixture *self)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_polkit_call };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (polkit_xml, NULL);
  g_autoptr (GError) error = NULL;

  self->polkit = belfry_test_control_connect_to (self->bus);
  g_dbus_connection_register_object (self->polkit, POLKIT_PATH, node->interfaces[0], &vtable, self,
                                     NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (self->polkit, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                   "org.freedesktop.DBus", "RequestName",
                                   g_variant_new ("(su)", POLKIT_NAME, 0), NULL,
                                   G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
fixture_init (Fixture *self)
{
  *self = (Fixture){ 0 };
  self->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (self->bus);
  self->service = belfry_test_control_connect_to (self->bus);
  self->caller = belfry_test_control_connect_to (self->bus);
  self->asked = g_string_new (NULL);
}

static void
close_connection (GDBusConnection *connection)
{
  if (connection == NULL)
    return;
  g_dbus_connection_close_sync (connection, NULL, NULL);
  g_object_unref (connection);
}

static void
fixture_clear (Fixture *self)
{
  g_clear_object (&self->held);
  close_connection (self->caller);
  close_connection (self->polkit);
  close_connection (self->service);
  g_test_dbus_down (self->bus);
  g_object_unref (self->bus);
  g_string_free (self->asked, TRUE);
  g_free (self->cancelled);
}

/* Returns: (transfer full) (nullable): why the caller may not */
static GError *
ask (Fixture *self, BelfryAuthority *authority, const char *sender, gboolean interactive)
{
  const BelfryAuthorityQuestion question = {
    .sender = sender != NULL ? sender : g_dbus_connection_get_unique_name (self->caller),
    .right = BELFRY_RIGHT_PUBLISH,
    .interactive = interactive,
    .method = "Publish",
    .detail = "topic",
    .value = "news",
  };
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;

  belfry_authority_check_async (authority, &question, NULL, belfry_test_control_take_result,
                                &result);
  belfry_test_wait_until (result != NULL);
  g_assert_true (belfry_authority_check_finish (authority, result, &error) == (error == NULL));
  return error;
}

static void
assert_allowed (Fixture *self, BelfryAuthority *authority)
{
  g_autoptr (GError) error = ask (self, authority, NULL, FALSE);

  g_assert_no_error (error);
}

static void
assert_refused (Fixture *self, BelfryAuthority *authority, int code, const char *pattern)
{
  g_autoptr (GError) error = ask (self, authority, NULL, FALSE);

  g_assert_error (error, BELFRY_ERROR, code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” is not %s", error->message, pattern);
}

/* Each right is an action of its own, and a refusal names it. */
static void
test_refusals (void)
{
  static const char *const actions[] = { "org.belfry.inspect", "org.belfry.publish",
                                         "org.belfry.manage-sessions",
                                         "org.belfry.manage-service" };
  G_STATIC_ASSERT (G_N_ELEMENTS (actions) == BELFRY_N_RIGHTS);

  for (guint i = 0; i < BELFRY_N_RIGHTS; i++)
    {
      g_autoptr (GError) error = belfry_authority_refusal_new ((BelfryRight) i);

      g_assert_cmpstr (belfry_right_get_action ((BelfryRight) i), ==, actions[i]);
      g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN);
      g_assert_true (g_str_has_suffix (error->message, actions[i]));
    }
}

/* The service's own user may do everything; who he is, the bus is asked once. Others are tried
 * where there can be some: in the integration tests. */
static void
test_owner (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  g_autoptr (BelfryAuthority) ours = belfry_owner_authority_new (fixture.service, geteuid ());
  g_autoptr (BelfryAuthority) other = belfry_owner_authority_new (fixture.service, geteuid () + 1);
  assert_allowed (&fixture, ours);
  g_dbus_connection_close_sync (fixture.service, NULL, NULL);
  assert_allowed (&fixture, ours);
  assert_refused (&fixture, other, BELFRY_ERROR_UNAVAILABLE, "*who the caller is");
  fixture_clear (&fixture);
}

/* Of whom the bus knows nothing, nothing is allowed. */
static void
test_unknown_caller (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  g_autoptr (BelfryAuthority) owner = belfry_owner_authority_new (fixture.service, geteuid ());
  g_autoptr (GError) error = ask (&fixture, owner, ":1.999", FALSE);
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_UNAVAILABLE);
  fixture_clear (&fixture);
}

/* What is remembered of callers is bounded, and forgetting them changes no answer. */
static void
test_many_callers (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  g_autoptr (BelfryAuthority) owner = belfry_owner_authority_new (fixture.service, geteuid ());
  for (guint i = 0; i < 300; i++)
    {
      GDBusConnection *one = belfry_test_control_connect_to (fixture.bus);
      g_autoptr (GError) error =
          ask (&fixture, owner, g_dbus_connection_get_unique_name (one), FALSE);

      g_assert_no_error (error);
      close_connection (one);
    }
  assert_allowed (&fixture, owner);
  fixture_clear (&fixture);
}

static BelfryAuthority *
polkit_new (Fixture *self)
{
  g_autoptr (BelfryAuthority) owner = belfry_owner_authority_new (self->service, geteuid ());

  return belfry_polkit_authority_new (self->service, owner);
}

/* polkit decides, and is told the method, what it is about, and whether it may ask people. */
static void
test_polkit (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  start_polkit (&fixture);
  g_autoptr (BelfryAuthority) polkit = polkit_new (&fixture);
  assert_allowed (&fixture, polkit);
  g_assert_cmpstr (fixture.asked->str, ==,
                   "org.belfry.publish {'method': 'Publish', 'topic': 'news'} 0; ");
  fixture.mood = SAYS_NO;
  assert_refused (&fixture, polkit, BELFRY_ERROR_FORBIDDEN, "*org.belfry.publish");
  g_string_truncate (fixture.asked, 0);
  g_autoptr (GError) error = ask (&fixture, polkit, NULL, TRUE);
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_FORBIDDEN);
  g_assert_true (g_str_has_suffix (fixture.asked->str, " 1; "));
  fixture_clear (&fixture);
}

/* A polkit that fails allows nothing, not even what the owner may. */
static void
test_polkit_fails (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  start_polkit (&fixture);
  g_autoptr (BelfryAuthority) polkit = polkit_new (&fixture);
  fixture.mood = FAILS;
  belfry_test_expect_log (BELFRY_LOG_WARNING, "belfry-authority", "polkit does not answer*no mind");
  assert_refused (&fixture, polkit, BELFRY_ERROR_UNAVAILABLE, "*does not say*");
  fixture_clear (&fixture);
}

/* Where there is no polkit, or none any more, the owner's rule holds. */
static void
test_polkit_absent (void)
{
  Fixture fixture;

  fixture_init (&fixture);
  g_autoptr (BelfryAuthority) polkit = polkit_new (&fixture);
  assert_allowed (&fixture, polkit);
  start_polkit (&fixture);
  fixture.mood = SAYS_NO;
  assert_refused (&fixture, polkit, BELFRY_ERROR_FORBIDDEN, "*org.belfry.publish");
  close_connection (g_steal_pointer (&fixture.polkit));
  assert_allowed (&fixture, polkit);
  fixture_clear (&fixture);
}

/* A question that is not needed any more is taken back by its id, and ends at once. */
static void
test_polkit_cancelled (void)
{
  Fixture fixture;
  g_autoptr (GCancellable) gone = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fixture_init (&fixture);
  start_polkit (&fixture);
  g_autoptr (BelfryAuthority) polkit = polkit_new (&fixture);
  const BelfryAuthorityQuestion question = {
    .sender = g_dbus_connection_get_unique_name (fixture.caller),
    .right = BELFRY_RIGHT_MANAGE_SERVICE,
    .method = "Drain",
  };

  fixture.mood = SAYS_NOTHING;
  belfry_authority_check_async (polkit, &question, gone, belfry_test_control_take_result, &result);
  belfry_test_wait_until (fixture.held != NULL);
  g_assert_null (result);
  g_cancellable_cancel (gone);
  belfry_test_wait_until (result != NULL && fixture.cancelled != NULL);
  g_assert_false (belfry_authority_check_finish (polkit, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (fixture.cancelled, ==, "belfry-1");
  g_assert_cmpstr (fixture.asked->str, ==, "org.belfry.manage-service {'method': 'Drain'} 0; ");
  fixture_clear (&fixture);
}

/* One that is not needed before it was asked, ends likewise. */
static void
test_cancelled_before (void)
{
  Fixture fixture;
  g_autoptr (GCancellable) gone = g_cancellable_new ();

  fixture_init (&fixture);
  g_cancellable_cancel (gone);
  g_autoptr (BelfryAuthority) polkit = polkit_new (&fixture);
  g_autoptr (BelfryAuthority) owner = belfry_owner_authority_new (fixture.service, geteuid ());
  BelfryAuthority *const both[] = { polkit, owner };
  const BelfryAuthorityQuestion question = { .sender = ":1.999", .method = "Drain" };

  for (gsize i = 0; i < G_N_ELEMENTS (both); i++)
    {
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      belfry_authority_check_async (both[i], &question, gone, belfry_test_control_take_result,
                                    &result);
      belfry_test_wait_until (result != NULL);
      g_assert_false (belfry_authority_check_finish (both[i], result, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  fixture_clear (&fixture);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/authorities/refusals", test_refusals);
  belfry_test_add ("/authorities/owner", test_owner);
  belfry_test_add ("/authorities/unknown-caller", test_unknown_caller);
  belfry_test_add ("/authorities/many-callers", test_many_callers);
  belfry_test_add ("/authorities/polkit", test_polkit);
  belfry_test_add ("/authorities/polkit-fails", test_polkit_fails);
  belfry_test_add ("/authorities/polkit-absent", test_polkit_absent);
  belfry_test_add ("/authorities/polkit-cancelled", test_polkit_cancelled);
  belfry_test_add ("/authorities/cancelled-before", test_cancelled_before);
  return g_test_run ();
}
