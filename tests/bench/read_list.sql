select @columns@ from list_contact where tenant_id = @tenant@ and @where@
    order by @order@ limit 50;
