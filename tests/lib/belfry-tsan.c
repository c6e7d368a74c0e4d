/* SPDX-License-Identifier: LGPL-2.1-or-later
 * SPDX-FileCopyrightText: 2026 The Belfry authors */

#define G_LOG_DOMAIN "belfry-tsan"

#include "config.h"

#include <gio/gio.h>

/* Tells ThreadSanitizer what GLib's locks and hand-overs order. The distribution's GLib is not
 * instrumented, so without this every use of a GMutex, a GSource or a GTask between threads looks
 * like a race. Linked into every program, library and module of a build with
 * -Db_sanitize=thread, with `--wrap` for each function below; see src/base/meson.build. */

void __tsan_acquire (void *address);
void __tsan_release (void *address);

/* Exported, because the linker looks for the wrappers of what GLib's libraries call of each other,
 * too. */
#define WRAP(result, name, ...)                                                                    \
  result __real_##name (__VA_ARGS__);                                                              \
  __attribute__ ((visibility ("default"))) result __wrap_##name (__VA_ARGS__);                     \
  result __wrap_##name (__VA_ARGS__)

WRAP (void, g_mutex_lock, GMutex *mutex)
{
  __real_g_mutex_lock (mutex);
  __tsan_acquire (mutex);
}

WRAP (gboolean, g_mutex_trylock, GMutex *mutex)
{
  if (!__real_g_mutex_trylock (mutex))
    return FALSE;
  __tsan_acquire (mutex);
  return TRUE;
}

WRAP (void, g_mutex_unlock, GMutex *mutex)
{
  __tsan_release (mutex);
  __real_g_mutex_unlock (mutex);
}

WRAP (void, g_cond_wait, GCond *cond, GMutex *mutex)
{
  __tsan_release (mutex);
  __real_g_cond_wait (cond, mutex);
  __tsan_acquire (mutex);
}

WRAP (gboolean, g_cond_wait_until, GCond *cond, GMutex *mutex, gint64 end_time)
{
  __tsan_release (mutex);
  gboolean signalled = __real_g_cond_wait_until (cond, mutex, end_time);
  __tsan_acquire (mutex);
  return signalled;
}

/* Who sees the value, or waited for it, comes after who made it. The store itself must stay GLib's:
 * one of ours, made a second time, would race with those who have seen the first already. */
WRAP (gboolean, g_once_init_enter, void *location)
{
  gboolean first = __real_g_once_init_enter (location);

  __tsan_acquire (location);
  return first;
}

WRAP (void, g_once_init_leave, void *location, gsize result)
{
  __tsan_release (location);
  __real_g_once_init_leave (location, result);
}

/* Who drops the last reference comes after all who dropped theirs before. */
WRAP (void, g_object_unref, gpointer object)
{
  __tsan_release (object);
  __tsan_acquire (object);
  __real_g_object_unref (object);
}

WRAP (void, g_bytes_unref, GBytes *bytes)
{
  if (bytes != NULL)
    {
      __tsan_release (bytes);
      __tsan_acquire (bytes);
    }
  __real_g_bytes_unref (bytes);
}

WRAP (void, g_async_queue_push, GAsyncQueue *queue, gpointer item)
{
  __tsan_release (queue);
  __real_g_async_queue_push (queue, item);
}

WRAP (gpointer, g_async_queue_pop, GAsyncQueue *queue)
{
  gpointer item = __real_g_async_queue_pop (queue);

  __tsan_acquire (queue);
  return item;
}

WRAP (gpointer, g_async_queue_try_pop, GAsyncQueue *queue)
{
  gpointer item = __real_g_async_queue_try_pop (queue);

  __tsan_acquire (queue);
  return item;
}

WRAP (gpointer, g_async_queue_timeout_pop, GAsyncQueue *queue, guint64 timeout)
{
  gpointer item = __real_g_async_queue_timeout_pop (queue, timeout);

  __tsan_acquire (queue);
  return item;
}

/* Sources: what a thread did before it attached or woke one comes before the source's dispatch.
 * GLib asks a source for its callback on the dispatching thread, which is the place to acquire. */

typedef struct
{
  GSourceFunc func;
  gpointer data;         /* (closure) */
  GDestroyNotify notify; /* frees data */
  GSource *source;       /* (unowned): the source owns this */
  gatomicrefcount refs;
} Callback;

static void
callback_ref (gpointer data)
{
  g_atomic_ref_count_inc (&((Callback *) data)->refs);
}

static void
callback_unref (gpointer data)
{
  Callback *self = data;

  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  __tsan_acquire (self->source);
  if (self->notify != NULL)
    self->notify (self->data);
  g_free (self);
}

static void
callback_get (gpointer data, GSource *source, GSourceFunc *func, gpointer *func_data)
{
  Callback *self = data;

  __tsan_acquire (source);
  *func = self->func;
  *func_data = self->data;
}

static GSourceCallbackFuncs callback_funcs = { callback_ref, callback_unref, callback_get };

WRAP (void,
      g_source_set_callback,
      GSource *source,
      GSourceFunc func,
      gpointer data,
      GDestroyNotify notify)
{
  Callback *callback = g_new0 (Callback, 1);

  callback->func = func;
  callback->data = data;
  callback->notify = notify;
  callback->source = source;
  g_atomic_ref_count_init (&callback->refs);
  __tsan_release (source);
  g_source_set_callback_indirect (source, callback, &callback_funcs);
}

WRAP (guint, g_source_attach, GSource *source, GMainContext *context)
{
  __tsan_release (source);
  return __real_g_source_attach (source, context);
}

WRAP (void, g_source_set_ready_time, GSource *source, gint64 ready_time)
{
  __tsan_release (source);
  __real_g_source_set_ready_time (source, ready_time);
}

WRAP (void, g_source_destroy, GSource *source)
{
  __tsan_release (source);
  __real_g_source_destroy (source);
}

WRAP (void, g_source_unref, GSource *source)
{
  __tsan_release (source);
  __real_g_source_unref (source);
}

/* A source of our own kind is given functions that acquire first and then call the real ones. */
typedef struct
{
  GSourceFuncs funcs;
  GSourceFuncs *real; /* (unowned) */
} WrappedFuncs;

static GSourceFuncs *
real_funcs (GSource *source)
{
  return ((WrappedFuncs *) source->source_funcs)->real;
}

static gboolean
wrapped_prepare (GSource *source, int *timeout)
{
  __tsan_acquire (source);
  return real_funcs (source)->prepare (source, timeout);
}

static gboolean
wrapped_check (GSource *source)
{
  __tsan_acquire (source);
  return real_funcs (source)->check (source);
}

static gboolean
wrapped_dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  __tsan_acquire (source);
  return real_funcs (source)->dispatch (source, callback, data);
}

static void
wrapped_finalize (GSource *source)
{
  __tsan_acquire (source);
  real_funcs (source)->finalize (source);
}

G_LOCK_DEFINE_STATIC (wrapped);
static GHashTable *wrapped_by_real; /* (element-type GSourceFuncs WrappedFuncs) (owned) */

static WrappedFuncs *
wrapped_for (GSourceFuncs *real)
{
  G_LOCK (wrapped);
  if (wrapped_by_real == NULL)
    wrapped_by_real = g_hash_table_new (NULL, NULL);
  WrappedFuncs *self = g_hash_table_lookup (wrapped_by_real, real);
  if (self == NULL)
    {
      self = g_new0 (WrappedFuncs, 1);
      self->funcs.prepare = real->prepare != NULL ? wrapped_prepare : NULL;
      self->funcs.check = real->check != NULL ? wrapped_check : NULL;
      self->funcs.dispatch = wrapped_dispatch;
      self->funcs.finalize = real->finalize != NULL ? wrapped_finalize : NULL;
      self->real = real;
      g_hash_table_insert (wrapped_by_real, real, self);
    }
  G_UNLOCK (wrapped);
  return self;
}

WRAP (GSource *, g_source_new, GSourceFuncs *funcs, guint size)
{
  return __real_g_source_new (&wrapped_for (funcs)->funcs, size);
}

/* Tasks: the thread comes after who started it, the callback after the thread. */

static GQuark
thread_func_quark (void)
{
  return g_quark_from_static_string ("belfry-tsan-thread-func");
}

static void
run_thread_func (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  __tsan_acquire (task);
  GTaskThreadFunc func =
      (GTaskThreadFunc) g_object_get_qdata (G_OBJECT (task), thread_func_quark ());
  func (task, source, data, cancellable);
  __tsan_release (task);
}

WRAP (void, g_task_run_in_thread, GTask *task, GTaskThreadFunc func)
{
  g_object_set_qdata (G_OBJECT (task), thread_func_quark (), (gpointer) func);
  __tsan_release (task);
  __real_g_task_run_in_thread (task, run_thread_func);
}

WRAP (void, g_task_return_pointer, GTask *task, gpointer result, GDestroyNotify notify)
{
  __tsan_release (task);
  __real_g_task_return_pointer (task, result, notify);
}

WRAP (void, g_task_return_error, GTask *task, GError *error)
{
  __tsan_release (task);
  __real_g_task_return_error (task, error);
}

WRAP (void, g_task_return_boolean, GTask *task, gboolean result)
{
  __tsan_release (task);
  __real_g_task_return_boolean (task, result);
}

WRAP (gpointer, g_task_propagate_pointer, GTask *task, GError **error)
{
  __tsan_acquire (task);
  return __real_g_task_propagate_pointer (task, error);
}

WRAP (gboolean, g_task_propagate_boolean, GTask *task, GError **error)
{
  __tsan_acquire (task);
  return __real_g_task_propagate_boolean (task, error);
}
