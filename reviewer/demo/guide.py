"""What `reviewer demo` says before the walk, and what it owes the curious after it."""

# In braces stand the names of actions, each to be filled with its key.
GUIDE = (
    "A tea shop asked an assistant for a faster checkout. Would you sign?",
    "{next_hunk:<2} next hunk          {mark:<6} I have read this one",
    "{next_flag:<2} next flag          {dispose:<6} say what you think of it",
    "{note:<2} write a note       {checklist:<6} the nine questions",
    "{sign_off:<2} sign off           {help:<6} all keys",
    "{leave:<2} leave, and see what there was to find",
    "Rules flag what they can see. Five more faults take a person.",
)

ANSWERS = """\
What only a person could find:

1. shop/orders.py, amount_due: shipping is free *from* 50.00 on, but the
   code asks for more than 50.00. A basket of exactly 50.00 pays 4.90.
2. shop/orders.py, discount: gift cards neither count nor get cheaper, it
   was asked. Nothing here looks at `is_gift_card`.
3. shop/orders.py, vat: the invoice rounds half up, line by line. The new
   code rounds once, over the sum, and with floats: two lines of 4.50 hold
   0.58 of VAT on the invoice and 0.59 here. The tests have no such case.
4. shop/payments.py, charge: the comment promises one key for all attempts,
   and so does the commit message. The key is made inside the loop, so a
   payment whose answer got lost is taken again.
5. db/monthly_revenue.sql: `placed_at` is a moment and `:last` a day, so
   BETWEEN ends at midnight and the last day of each month is lost. Nobody
   asked for this change.

What the rules saw, and what it means here:

- bare-except, blocking-in-async (shop/payments.py): async in name only.
  While one payment waits, every customer does. A refused card and an
  unreadable answer are tried again like a silent provider.
- hardcoded-timeout (shop/payments.py): 5 seconds, where the settings know
  of a bank that takes 12. With fault 4, its customers pay twice.
- hardcoded-secret (shop/payments.py): who can read the code can forge a
  callback.
- mutable-default (shop/orders.py): all customers share one list of extras;
  the hundredth parcel gets a hundred sample bags.
- swallowed-exception (shop/orders.py): no receipt, and nobody knows.
- n-plus-one (shop/inventory.py): two statements per tea. Between them,
  two customers can buy the last tin; the old code could not do that.
- missing-timeout (shop/inventory.py): the warehouse's was lost on the way.
- sql-injection, select-star (shop/report.py): ask for the customer
  O'Hara; and count the columns when the table grows.
- unguarded-division (shop/report.py): a day without orders.
- no-test-in-change: "all existing tests pass", and none knows the offers.

What was fine: README.md, shop/settings.py, the table in shop/report.py,
the new name of the packing list, and the nightly report's file mode.
"""
