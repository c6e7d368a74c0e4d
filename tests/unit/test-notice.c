/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-notice.h"

#include "belfry-error.h"
#include "belfry-test.h"

static BelfryMessage *
message_new (void)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  const BelfryMessageParams params = { .topic = "a", .payload = payload };

  return belfry_message_new (&params);
}

/* A message goes as itself, and is told from a notice. */
static void
test_message (void)
{
  g_autoptr (BelfryMessage) message = message_new ();
  g_autoptr (BelfryNotice) notice = belfry_notice_new (BELFRY_NOTICE_CLOSED, NULL);
  gpointer item = belfry_notice_from_message (belfry_message_ref (message));

  g_assert_true (belfry_notice_to_message (item) == message);
  g_assert_null (belfry_notice_to_message (notice));
  g_assert_false (g_atomic_ref_count_compare (&message->refs, 1));
  belfry_notice_item_free (item);
  g_assert_true (g_atomic_ref_count_compare (&message->refs, 1));
}

/* A notice that is not delivered takes along all that it brought. */
static void
test_free (void)
{
  BelfryNotice *notice = belfry_notice_new (BELFRY_NOTICE_EVENT, NULL);
  g_autoptr (BelfryMessage) message = message_new ();

  notice->request = belfry_request_new (BELFRY_REQUEST_SUBSCRIBE, 2);
  notice->error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_INTERNAL, "x");
  notice->topic = g_strdup ("x");
  notice->text = g_strdup ("x");
  notice->presence = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_presence_entry_free);
  notice->history = g_new0 (BelfryHistoryPage, 1);
  notice->history->messages = g_ptr_array_new ();
  belfry_notice_set_n_grants (notice, 2);
  notice->grants[0].error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_INTERNAL, "x");
  notice->grants[1].missed = g_ptr_array_new_with_free_func ((GDestroyNotify) belfry_message_unref);
  g_ptr_array_add (notice->grants[1].missed, belfry_message_ref (message));
  belfry_notice_item_free (notice);
  g_assert_true (g_atomic_ref_count_compare (&message->refs, 1));
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/notice/message", test_message);
  belfry_test_add ("/notice/free", test_free);
  return g_test_run ();
}
