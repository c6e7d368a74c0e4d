/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#include "config.h"

#include "belfry-order.h"

#include "belfry-error.h"
#include "belfry-record.h"
#include "belfry-test.h"

static const BelfrySessionParams params = { .dialect = "action", .endpoint = "/", .peer = "x" };

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* An order that nobody looks at takes along all that it brought: the first one the record, too. */
static void
test_free (void)
{
  BelfryRecord *record = belfry_record_new (NULL, NULL, "0123456789abcdef", &params);
  BelfryOrder *request = belfry_order_new (BELFRY_ORDER_REQUEST, record);
  BelfryOrder *open = belfry_order_new (BELFRY_ORDER_OPEN, record);

  request->request = belfry_request_new (BELFRY_REQUEST_PING, 1);
  request->error = g_error_new (BELFRY_ERROR, BELFRY_ERROR_INTERNAL, "x");
  request->text = g_strdup ("x");
  belfry_order_free (request);
  open->token = g_strdup ("secret");
  belfry_order_free (open);
}

/* Whoever waits for an order that is dropped is told. */
static void
test_task (void)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  BelfryOrder *order = belfry_order_new (BELFRY_ORDER_REQUEST, NULL);

  order->task = g_task_new (NULL, NULL, on_result, &result);
  g_task_set_source_tag (order->task, test_task);
  belfry_order_free (order);
  belfry_test_wait_until (result != NULL);
  g_assert_false (g_task_propagate_boolean (G_TASK (result), &error));
  g_assert_error (error, BELFRY_ERROR, BELFRY_ERROR_CLOSED);
}

int
main (int argc, char *argv[])
{
  belfry_test_init (&argc, &argv);
  belfry_test_add ("/order/free", test_free);
  belfry_test_add ("/order/task", test_task);
  return g_test_run ();
}
